/* Writes docs/reference.md and docs/papers.md: every public function by family with
   the first sentence of its comment, from the headers, its source and the paper
   numbers, from the registry.

   usage: make_docs reference|papers   in the project's root; to standard output */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>
#include "bench.h"

#define MAX_ROWS 4096
static const row *table[MAX_ROWS];
static int table_count;

static void collect(const row *rows, int row_count, const char *name, int quick)
{
    int k;
    (void)name;
    (void)quick;
    for (k = 0; k < row_count && table_count < MAX_ROWS; k++) table[table_count++] = &rows[k];
}

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text;
    long size;
    if (!f) { fprintf(stderr, "make_docs: cannot read %s: run in the project's root\n", path); exit(1); }
    fseek(f, 0, SEEK_END);
    size = ftell(f);
    rewind(f);
    text = (char *)malloc((size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, f) != (size_t)size) { fprintf(stderr, "make_docs: %s\n", path); exit(1); }
    text[size] = 0;
    fclose(f);
    return text;
}

static const row *find_row(const char *name)
{
    int k;
    for (k = 0; k < table_count; k++) if (strcmp(table[k]->name, name) == 0) return table[k];
    return NULL;
}

/* The first sentence of a comment (or its first formula, up to an empty line), on one line. */
static void sentence(const char *comment, const char *end, char *out, size_t room)
{
    size_t n = 0;
    const char *p;
    int space = 1;
    for (p = comment; p < end && n + 2 < room; p++) {
        if (*p == '\n' && p + 1 < end && p[1] == '\n') break;
        if (*p == '.' && n > 12 && (p + 1 >= end || p[1] == '\n' || (p[1] == ' ' && isupper((unsigned char)p[2])))) break;
        if (isspace((unsigned char)*p)) { space = 1; continue; }
        if (space && n) out[n++] = ' ';
        space = 0;
        if (*p == '|') out[n++] = '\\';
        out[n++] = *p;
    }
    while (n && (out[n - 1] == ',' || out[n - 1] == ';' || out[n - 1] == ':')) n--;
    out[n] = 0;
}

static void reference(const char *header)
{
    char path[64], macro[64], seen[128] = "", last_text[1024] = "";
    char *text, *line;
    const char *comment = NULL, *comment_end = NULL;
    size_t k;
    int in_public = 0;
    sprintf(path, "%s.h", header);
    for (k = 0; header[k]; k++) macro[k] = (char)toupper((unsigned char)header[k]);
    strcpy(macro + k, "_DEF ");
    text = read_file(path);
    printf("\n## %s\n", path);
    for (line = text; *line; line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
        if (strncmp(line, "/* ---- public part", 19) == 0) in_public = 1;
        if (strncmp(line, "/* ---- one value at a time", 27) == 0) break;
        if (!in_public) continue;
        if (strncmp(line, "/* ---- ", 8) == 0) {
            char title[160];
            size_t n = strcspn(line + 8, "\n");
            while (n && (line[8 + n - 1] == '-' || line[8 + n - 1] == ' ' || line[8 + n - 1] == '*' || line[8 + n - 1] == '/')) n--;
            if (n < sizeof title) {
                memcpy(title, line + 8, n);
                title[n] = 0;
                if (!strchr(title, '/')) printf("\n### %s\n\n| function | what it is | source | papers |\n|---|---|---|---|\n", title);
            }
        }
        if (strncmp(line, "/*", 2) == 0) {
            comment = line + 2;
            comment_end = strstr(comment, "*/");
            if (!comment_end) break;
            line = (char *)(size_t)comment_end;
            if (strncmp(comment, " ----", 5) == 0) comment = NULL;
            continue;
        }
        if (strncmp(line, macro, strlen(macro)) == 0) {
            const char *paren = strchr(line, '('), *word;
            char name[128];
            const row *r;
            size_t n;
            if (!paren) continue;
            for (word = paren; word > line && (isalnum((unsigned char)word[-1]) || word[-1] == '_'); word--) {}
            n = (size_t)(paren - word);
            if (n >= sizeof name) continue;
            memcpy(name, word, n);
            name[n] = 0;
            if (n > 4 && (strcmp(name + n - 4, "_f32") == 0 || strcmp(name + n - 4, "_f64") == 0)) name[n - 4] = 0;
            if (strcmp(name, seen) == 0) continue;
            strcpy(seen, name);
            if (strstr(name, "_scratch") || strstr(name, "_defaults")) continue;
            if (comment) sentence(comment, comment_end, last_text, sizeof last_text);
            r = find_row(name);
            printf("| `%s` | %s | %s | %s |\n", name, last_text, r ? r->source : "", r ? r->papers : "");
        }
    }
    free(text);
}

static void papers(void)
{
    char *titles = read_file("tools/papers.tsv"), *line;
    int k;
    printf("# Papers\n\nThe research papers whose functions are here, by their number in the registry.\n\n| number | title | functions |\n|---|---|---|\n");
    for (line = titles; *line; line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
        char mark[32];
        const size_t digits = strcspn(line, "\t");
        int any = 0;
        if (digits == 0 || digits > 8 || line[digits] != '\t' || !isdigit((unsigned char)line[0])) continue;
        sprintf(mark, "[%.*s]", (int)digits, line);
        for (k = 0; k < table_count; k++) {
            if (!strstr(table[k]->papers, mark)) continue;
            if (!any) printf("| %.*s | %.*s | ", (int)digits, line, (int)strcspn(line + digits + 1, "\n"), line + digits + 1);
            printf("%s`%s`", any ? ", " : "", table[k]->name);
            any = 1;
        }
        if (any) printf(" |\n");
    }
    free(titles);
}

int main(int argc, char **argv)
{
    bench_all(collect, NULL, 0);
    if (argc == 2 && strcmp(argv[1], "reference") == 0) {
        printf("# Reference\n\nEvery public function by header and family; the full documentation stands in the headers. "
               "All but type-independent ones exist as `_f32` and `_f64`.\n");
        reference("lossfn");
        reference("optim");
        reference("metrics");
    } else if (argc == 2 && strcmp(argv[1], "papers") == 0) papers();
    else {
        fprintf(stderr, "usage: make_docs reference|papers\n");
        return 2;
    }
    return 0;
}
