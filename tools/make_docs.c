/* Writes docs/reference.md, docs/papers.md and the tables of README.md: every public
   function by family with what its comment begins with, from the headers, its source
   and the paper numbers, from the registry.

   usage, in the project's root:
     make_docs reference|papers        to standard output
     make_docs readme < OLD > NEW      copies README.md with fresh tables between the
                                       lines <!-- functions --> and <!-- end --> */
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

/* What a comment begins with, on one line: up to the end of the first sentence, a
   semicolon, an empty line, or a line that lists an argument (two spaces inside);
   shortened where that is long. */
static void sentence(const char *comment, const char *end, char *out, size_t room)
{
    size_t n = 0;
    const char *p;
    int space = 1;
    for (p = comment; p < end && n + 3 < room; p++) {
        if (*p == '\n') {
            const char *first = p + 1 + strspn(p + 1, " "), *gap = strstr(first, "  ");
            if (*first == '\n' || (n && gap && gap < first + strcspn(first, "\n") && gap < end)) break;
        }
        if (*p == ';' || (*p == '.' && n > 12 && p[-1] != ' ' && p[-1] != '.' && (p + 1 >= end || isspace((unsigned char)p[1])))) break;
        if (isspace((unsigned char)*p)) { space = 1; continue; }
        if (space && n) out[n++] = ' ';
        space = 0;
        if (*p == '|' || *p == '_' || *p == '*' || *p == '<') out[n++] = '\\';
        out[n++] = *p;
    }
    out[n] = 0;
    if (n > 150) {    /* a name and a long formula: the name; else the last comma */
        char *colon = strchr(out, ':'), *comma;
        out[150] = 0;
        comma = strrchr(out + 40, ',');
        if (colon && colon > out + 10 && colon < out + 150) *colon = 0;
        else if (comma) *comma = 0;
        n = strlen(out);
    }
    if (n > 6 && strcmp(out + n - 6, ", with") == 0) n -= 6;
    while (n && strchr(",:. ", out[n - 1])) n--;
    out[n] = 0;
}

/* A heading's text between "---- " and the dashes behind it. */
static void heading(const char *line, char *title, size_t room)
{
    size_t n = strcspn(line + 8, "\n");
    while (n && strchr("- */", line[8 + n - 1])) n--;
    if (n >= room) n = room - 1;
    memcpy(title, line + 8, n);
    title[n] = 0;
    title[0] = (char)toupper((unsigned char)title[0]);
}

/* The family of a line "---- lossfn/pairs ----", for where no heading follows. */
static void family(const char *line, char *title, size_t room)
{
    const char *name = strchr(line + 8, '/') + 1;
    size_t n = strcspn(name, " "), k;
    if (strncmp(line + 8, "core/", 5) == 0) {
        strcpy(title, "Instruction sets and status");
        return;
    }
    if (n >= room) n = room - 1;
    for (k = 0; k < n; k++) title[k] = name[k] == '_' ? ' ' : name[k];
    title[n] = 0;
    title[0] = (char)toupper((unsigned char)title[0]);
}

/* The name of the function whose prototype this line begins, without _f32 or _f64;
   *typed says whether it had one. */
static int function_name(const char *line, char *name, size_t room, int *typed)
{
    const char *paren = strchr(line, '('), *word = paren;
    size_t n;
    if (!paren || paren > line + strcspn(line, "\n")) return 0;
    while (word > line && (isalnum((unsigned char)word[-1]) || word[-1] == '_')) word--;
    n = (size_t)(paren - word);
    if (n == 0 || n >= room) return 0;
    memcpy(name, word, n);
    name[n] = 0;
    *typed = n > 4 && (strcmp(name + n - 4, "_f32") == 0 || strcmp(name + n - 4, "_f64") == 0);
    if (*typed) name[n - 4] = 0;
    return 1;
}

/* Companions stand with their functions. */
static int companion(const char *name)
{
    static const char *const ends[] = {"_scratch", "_room", "_defaults"};
    const size_t n = strlen(name);
    size_t k;
    for (k = 0; k < sizeof ends / sizeof *ends; k++)
        if (n > strlen(ends[k]) && strcmp(name + n - strlen(ends[k]), ends[k]) == 0) return 1;
    return 0;
}

/* Is NAME_elem_f32 declared? */
static int has_elem(const char *text, const char *name)
{
    char word[160];
    sprintf(word, " %.130s_elem_f32(", name);
    return strstr(text, word) != NULL;
}

/* The tables of one header; brief: one line per family, the names without the prefix. */
static void reference(const char *header, int brief)
{
    char path[64], macro[64], title[160] = "", printed[160] = "", seen[16384] = " ", text_of[1024] = "";
    char *text, *line;
    size_t k;
    int in_public = 0;
    sprintf(path, "%s.h", header);
    for (k = 0; header[k]; k++) macro[k] = (char)toupper((unsigned char)header[k]);
    strcpy(macro + k, "_DEF ");
    text = read_file(path);
    if (brief) printf("\n**%s**\n\n| family | `%s_` |\n|---|---|", path, header);
    else printf("\n## %s\n", path);
    for (line = text; *line; line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
        if (strncmp(line, "/* ---- public part", 19) == 0) { in_public = 1; continue; }
        if (strncmp(line, "/* ---- one value at a time", 27) == 0) break;
        if (!in_public) continue;
        if (strncmp(line, "/*", 2) == 0) {
            const char *end = strstr(line, "*/");
            if (!end) break;
            if (strncmp(line, "/* ----", 7) != 0) sentence(line + 2, end, text_of, sizeof text_of);
            else if (memchr(line + 8, '/', strcspn(line + 8, " "))) family(line, title, sizeof title);
            else heading(line, title, sizeof title);
            line = (char *)(size_t)end;
            continue;
        }
        if (strncmp(line, macro, strlen(macro)) == 0) {
            char name[128], word[132];
            const row *r;
            int typed;
            if (!function_name(line, name, sizeof name, &typed)) continue;
            sprintf(word, " %s ", name);
            if (companion(name) || strstr(seen, word)) continue;
            if (strlen(seen) + strlen(word) < sizeof seen) strcat(seen, word + 1);
            if (strcmp(title, printed) != 0) {
                if (brief) printf("%s\n| %s |", *printed ? " |" : "", title);
                else printf("\n### %s\n\n| function | what it is | source | papers |\n|---|---|---|---|\n", title);
                strcpy(printed, title);
            }
            if (brief) {
                printf(" `%s`", name + strlen(header) + 1);
                continue;
            }
            r = find_row(name);
            printf("| `%s`%s%s | %s | %s | %s |\n", name, typed ? "" : " (no type)", has_elem(text, name) ? " (elem)" : "",
                   text_of, r ? r->source : "", r ? r->papers : "");
        }
    }
    if (brief) printf(" |\n");
    free(text);
}

static void references(int brief)
{
    reference("lossfn", brief);
    reference("optim", brief);
    reference("metrics", brief);
}

/* Standard input with fresh tables. */
static void readme(void)
{
    char line[4096];
    int old = 0;
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "<!-- end -->\n") == 0) old = 0;
        if (!old) fputs(line, stdout);
        if (strcmp(line, "<!-- functions -->\n") == 0) {
            old = 1;
            references(1);
            printf("\n");
        }
    }
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
        printf("# Reference\n\nEvery public function by header and family, with what its comment begins with; the full "
               "documentation stands in the headers. Functions exist as `_f32` and `_f64`, but for those marked "
               "(no type); those marked (elem) also as inline functions on one value, `NAME_elem_f32` and `NAME_elem_f64`. "
               "Papers are numbered as in [papers.md](papers.md). Companions `_scratch`, `_room` and `_defaults` stand "
               "with their functions in the headers.\n");
        references(0);
    } else if (argc == 2 && strcmp(argv[1], "papers") == 0) papers();
    else if (argc == 2 && strcmp(argv[1], "readme") == 0) readme();
    else {
        fprintf(stderr, "usage: make_docs reference|papers|readme\n");
        return 2;
    }
    return 0;
}
