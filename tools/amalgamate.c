/* amalgamate: puts the parts under src/ together into one header.

   usage: amalgamate src/lossfn/lossfn.h.in src > lossfn.h

   A part is a file with marked slices, "//@api", "//@point", "//@kernel", ...:
   a slice runs to the next mark. The .in file lists the parts and says where
   each kind of slice goes:

     //@prefix lfn lossfn        private and public prefix of this header
     //@part core/vec            a part of no family: always compiled
     //@part lossfn/rows ROWS    a part of the family ROWS
     //@part lossfn/x X needs ROWS    compiled with X, and needs ROWS compiled too
     //@emit api                 all api slices, in the order of the parts
     //@emit-typed elem          the same, written out for both types
     //@renames                  #define lfn_x LFN_X(lfn_x) for all that passes define
     //@unrenames                the #undef of each
     //@families                 the *_ONLY_* switches
     //@contents                 table of contents for the manual
     //@insert core/passes       another .in file, read in place

   Rewriting, by whole identifiers:
     lfn_x, LFN_X      the private prefix of the header at hand
     this_x, THIS_X    its public prefix
     this_h            its name, lossfn.h
   In slices emitted typed: a paragraph of code (up to an empty line outside
   braces) that holds the word REAL appears twice, REAL as float and name_REAL as name_f32, then double and _f64.
   Names that end in _REAL are once per type and not renamed per pass.
   In all others (inside a pass, compiled once per type): REAL is lfn_real and
   name_REAL is LFN_T_(name).

   A part's "//@family Title: what it holds" line feeds the contents. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PARTS 256
#define MAX_NAMES 8192

typedef struct { char *text; size_t length, room; } buffer;

typedef struct {
    char path[128], family[64], needs[256], title[256];
    char *text;
} part;

static part parts[MAX_PARTS];
static int part_count;
static char *names[MAX_NAMES];
static int name_count;
static char private_lower[32] = "lfn", public_lower[32] = "lossfn";
static char private_upper[32], public_upper[32];

static void die(const char *what, const char *which)
{
    fprintf(stderr, "amalgamate: %s: %s\n", what, which);
    exit(1);
}

static void append(buffer *b, const char *text, size_t length)
{
    if (b->length + length + 1 > b->room) {
        b->room = (b->length + length + 1) * 2;
        b->text = realloc(b->text, b->room);
        if (!b->text) die("out of memory", "buffer");
    }
    memcpy(b->text + b->length, text, length);
    b->length += length;
    b->text[b->length] = 0;
}

static void append_string(buffer *b, const char *text) { append(b, text, strlen(text)); }

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    buffer b = {0, 0, 0};
    char chunk[65536];
    size_t got;
    if (!f) die("cannot read", path);
    append(&b, "", 0);
    while ((got = fread(chunk, 1, sizeof chunk, f)) > 0) append(&b, chunk, got);
    fclose(f);
    return b.text;
}

static void upper(char *to, const char *from)
{
    while ((*to++ = (char)toupper((unsigned char)*from++)) != 0) {}
}

static int starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static int is_word(int c) { return isalnum(c) || c == '_'; }

static size_t line_length(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? (size_t)(end - line) + 1 : strlen(line);
}

/* One identifier, rewritten. type: 0 inside a pass, 32 or 64 written out. */
static void rewrite_word(buffer *out, const char *word, size_t length, int type)
{
    char w[256];
    size_t k;
    if (length >= sizeof w) { append(out, word, length); return; }
    memcpy(w, word, length);
    w[length] = 0;
    if (strcmp(w, "REAL") == 0) {
        if (type == 0) { append_string(out, private_lower); append_string(out, "_real"); }
        else append_string(out, type == 32 ? "float" : "double");
        return;
    }
    k = length > 5 && strcmp(w + length - 5, "_REAL") == 0 ? length - 5 : 0;
    if (k) {
        w[k] = 0;
        if (type == 0) { append_string(out, private_upper); append_string(out, "_T_("); }
    }
    if (starts(w, "lfn_")) { append_string(out, private_lower); append_string(out, w + 3); }
    else if (starts(w, "LFN_")) { append_string(out, private_upper); append_string(out, w + 3); }
    else if (strcmp(w, "this_h") == 0) { append_string(out, public_lower); append_string(out, ".h"); }
    else if (starts(w, "this_")) { append_string(out, public_lower); append_string(out, w + 4); }
    else if (starts(w, "THIS_")) { append_string(out, public_upper); append_string(out, w + 4); }
    else append_string(out, w);
    if (k) append_string(out, type == 0 ? ")" : type == 32 ? "_f32" : "_f64");
}

static void rewrite(buffer *out, const char *text, size_t length, int type)
{
    size_t i = 0, j;
    while (i < length) {
        if (is_word((unsigned char)text[i])) {
            for (j = i; j < length && is_word((unsigned char)text[j]); j++) {}
            rewrite_word(out, text + i, j - i, type);
            i = j;
        } else append(out, text + i++, 1);
    }
}

static int has_real(const char *text, size_t length)
{
    size_t i;
    for (i = 0; i + 4 <= length; i++)
        if (strncmp(text + i, "REAL", 4) == 0 && (i + 4 == length || !is_word((unsigned char)text[i + 4]))
            && (i == 0 || text[i - 1] == '_' || !is_word((unsigned char)text[i - 1]))) return 1;
    return 0;
}

/* A paragraph: the lines up to an empty one outside all braces. */
static size_t paragraph_length(const char *text)
{
    size_t length = 0, line, i;
    int depth = 0;
    while (text[length] && (depth > 0 || text[length] != '\n')) {
        line = line_length(text + length);
        for (i = 0; i < line; i++) depth += (text[length + i] == '{') - (text[length + i] == '}');
        length += line;
    }
    return length;
}

/* A comment that leads a paragraph, a preprocessor line and an empty line stand once. */
static void rewrite_typed(buffer *out, const char *text)
{
    while (*text) {
        size_t length;
        if (starts(text, "/*")) {
            const char *end = strstr(text, "*/");
            if (!end) die("comment without end", text);
            length = (size_t)(end - text) + 2;
            length += line_length(text + length);
            rewrite(out, text, length, 32);
        } else if (*text == '\n' || *text == '#') {
            length = line_length(text);
            rewrite(out, text, length, 32);
        } else {
            length = paragraph_length(text);
            rewrite(out, text, length, 32);
            if (has_real(text, length)) rewrite(out, text, length, 64);
        }
        text += length;
    }
}

/* The text of one kind of slice of a part, all its runs joined. */
static void collect(buffer *out, const char *text, const char *slice)
{
    int inside = 0;
    size_t n = strlen(slice), length;
    for (; *text; text += length) {
        length = line_length(text);
        if (starts(text, "//@")) {
            inside = strncmp(text + 3, slice, n) == 0 && !is_word((unsigned char)text[3 + n]) && text[3 + n] != '-';
            continue;
        }
        if (inside) append(out, text, length);
    }
}

static void trim(buffer *b)
{
    char *start = b->text;
    while (*start == '\n') start++;
    memmove(b->text, start, strlen(start) + 1);
    b->length = strlen(b->text);
    while (b->length && b->text[b->length - 1] == '\n') b->text[--b->length] = 0;
}

static void emit(buffer *out, const char *slice, int typed)
{
    int i;
    for (i = 0; i < part_count; i++) {
        buffer b = {0, 0, 0};
        append(&b, "", 0);
        collect(&b, parts[i].text, slice);
        trim(&b);
        if (b.length) {
            append_string(&b, "\n");
            append_string(out, "\n/* ---- ");
            append_string(out, parts[i].path);
            append_string(out, " ---- */\n");
            if (parts[i].family[0]) {
                append_string(out, "#if ");
                append_string(out, private_upper);
                append_string(out, "_HAS_");
                append_string(out, parts[i].family);
                append_string(out, "\n");
            }
            append_string(out, "\n");
            if (typed) rewrite_typed(out, b.text);
            else rewrite(out, b.text, b.length, 0);
            if (parts[i].family[0]) append_string(out, "\n#endif\n");
        }
        free(b.text);
    }
}

static void add_name(const char *word, size_t length)
{
    int i;
    char *name = malloc(length + 1);
    if (!name) die("out of memory", word);
    memcpy(name, word, length);
    name[length] = 0;
    for (i = 0; i < name_count; i++)
        if (strcmp(names[i], name) == 0) { free(name); return; }
    if (name_count == MAX_NAMES) die("too many names", name);
    names[name_count++] = name;
}

/* What a pass defines: a line in column 0 that begins with static or LFN_ names
   the function that comes before its first parenthesis; a line with a closing
   brace or typedef in column 0 names the type before its semicolon. */
static void find_names(const char *text)
{
    size_t length;
    for (; *text; text += length) {
        length = line_length(text);
        if (starts(text, "static ") || starts(text, "LFN_INLINE ") || starts(text, "LFN_FN ")) {
            const char *p = text, *end = text + length, *word;
            while (p < end) {
                if (!is_word((unsigned char)*p)) { p++; continue; }
                word = p;
                while (p < end && is_word((unsigned char)*p)) p++;
                if (starts(word, "lfn_") && (*p == '(' || *p == '[')) { 
                    if (!(p - word > 5 && starts(p - 5, "_REAL"))) add_name(word, (size_t)(p - word));
                    break;
                }
            }
        } else if (starts(text, "typedef ") || starts(text, "} lfn_")) {
            const char *end = memchr(text, ';', length), *word;
            const char *paren = memchr(text, '(', length);
            if (!end) continue;
            if (starts(text, "typedef ") && paren && starts(paren, "(*lfn_")) {
                word = paren + 2;
                for (end = word; is_word((unsigned char)*end); end++) {}
            } else {
                const char *attribute = strstr(text, " __attribute__");
                if (attribute && attribute < end) end = attribute;
                for (word = end; word > text && is_word((unsigned char)word[-1]); word--) {}
            }
            if (starts(word, "lfn_") && !(end - word > 5 && starts(end - 5, "_REAL"))) add_name(word, (size_t)(end - word));
        }
    }
}

static void find_all_names(void)
{
    static const char *slices[] = {"vec", "point", "kernel", "impl"};
    int i;
    size_t k;
    for (i = 0; i < part_count; i++)
        for (k = 0; k < sizeof slices / sizeof slices[0]; k++) {
            buffer b = {0, 0, 0};
            append(&b, "", 0);
            collect(&b, parts[i].text, slices[k]);
            find_names(b.text);
            free(b.text);
        }
}

static void emit_renames(buffer *out, int define)
{
    int i;
    for (i = 0; i < name_count; i++) {
        buffer line = {0, 0, 0};
        if (define) {
            append_string(&line, "#define ");
            append_string(&line, names[i]);
            append_string(&line, " LFN_X(");
            append_string(&line, names[i]);
            append_string(&line, ")\n");
        } else {
            append_string(&line, "#undef ");
            append_string(&line, names[i]);
            append_string(&line, "\n");
        }
        rewrite(out, line.text, line.length, 0);
        free(line.text);
    }
}

static int first_of_family(int i)
{
    int k;
    for (k = 0; k < i; k++)
        if (strcmp(parts[k].family, parts[i].family) == 0) return 0;
    return parts[i].family[0] != 0;
}

/* Does compiling the family f need the family named here? Over all parts of f. */
static int family_needs(const char *f, const char *needed, int depth)
{
    int i;
    char word[64];
    const char *p;
    if (depth > 16) die("families need each other in a circle", f);
    for (i = 0; i < part_count; i++) {
        if (strcmp(parts[i].family, f) != 0) continue;
        for (p = parts[i].needs; *p;) {
            size_t n = strcspn(p, " ");
            memcpy(word, p, n);
            word[n] = 0;
            if (strcmp(word, needed) == 0 || (n && family_needs(word, needed, depth + 1))) return 1;
            p += n;
            while (*p == ' ') p++;
        }
    }
    return 0;
}

static void emit_families(buffer *out)
{
    int i, k, any = 0;
    buffer b = {0, 0, 0};
    for (i = 0; i < part_count && !first_of_family(i); i++) {}
    if (i == part_count) return;
    append_string(&b, "#if ");
    for (i = 0; i < part_count; i++) {
        if (!first_of_family(i)) continue;
        if (any) append_string(&b, any % 3 ? " || " : " \\\n    || ");
        any++;
        append_string(&b, "defined(THIS_ONLY_");
        append_string(&b, parts[i].family);
        append_string(&b, ")");
    }
    append_string(&b, "\n#define LFN_SOME 1\n#else\n#define LFN_SOME 0\n#endif\n");
    for (i = 0; i < part_count; i++) {
        if (!first_of_family(i)) continue;
        append_string(&b, "#if !LFN_SOME || defined(THIS_ONLY_");
        append_string(&b, parts[i].family);
        append_string(&b, ")");
        for (k = 0; k < part_count; k++)
            if (first_of_family(k) && k != i && family_needs(parts[k].family, parts[i].family, 0)) {
                append_string(&b, " || defined(THIS_ONLY_");
                append_string(&b, parts[k].family);
                append_string(&b, ")");
            }
        append_string(&b, "\n#define LFN_HAS_");
        append_string(&b, parts[i].family);
        append_string(&b, " 1\n#else\n#define LFN_HAS_");
        append_string(&b, parts[i].family);
        append_string(&b, " 0\n#endif\n");
    }
    rewrite(out, b.text, b.length, 0);
    free(b.text);
}

/* The function names a part's api slice declares, in its order. */
static void contents_of(buffer *out, const part *p)
{
    buffer b = {0, 0, 0}, line = {0, 0, 0};
    size_t length, column = 0;
    const char *text;
    append(&b, "", 0);
    append(&line, "", 0);
    collect(&b, p->text, "api");
    for (text = b.text; *text; text += length) {
        const char *word, *paren;
        size_t n;
        length = line_length(text);
        if (!starts(text, "THIS_DEF ") && !starts(text, "LOSSFN_DEF ") && !starts(text, "OPTIM_DEF ") && !starts(text, "METRICS_DEF ")) continue;
        paren = memchr(text, '(', length);
        if (!paren) continue;
        for (word = paren; word > text && is_word((unsigned char)word[-1]); word--) {}
        n = (size_t)(paren - word);
        if (n > 5 && starts(word + n - 5, "_REAL")) n -= 5;
        if ((n > 8 && starts(word + n - 8, "_scratch")) || (n > 9 && starts(word + n - 9, "_defaults"))) continue;
        if (column + n + 1 > 72) { append_string(&line, "\n"); column = 0; }
        append_string(&line, column ? " " : "      ");
        if (!column) column = 6;
        append(&line, word, n);
        column += n + 1;
    }
    rewrite(out, line.text, line.length, 0);
    if (line.length) append_string(out, "\n");
    free(b.text);
    free(line.text);
}

static void emit_contents(buffer *out)
{
    int i;
    for (i = 0; i < part_count; i++) {
        if (parts[i].title[0]) {
            append_string(out, "   ");
            if (parts[i].family[0]) {
                append_string(out, parts[i].family);
                append_string(out, " - ");
            }
            append_string(out, parts[i].title);
            append_string(out, "\n");
        }
        contents_of(out, &parts[i]);
    }
}

static void load_part(const char *line, const char *src)
{
    part *p = &parts[part_count];
    char path[512], one[512];
    const char *title;
    int got;
    size_t n = strcspn(line, "\n");
    if (part_count == MAX_PARTS || n >= sizeof one) die("too many parts, or too long a line", line);
    memcpy(one, line, n);
    one[n] = 0;
    memset(p, 0, sizeof *p);
    got = sscanf(one, "%127s %63s needs %255[^\n]", p->path, p->family, p->needs);
    if (got < 1) die("a part without a name", line);
    if (strlen(src) + strlen(p->path) + 4 > sizeof path) die("path too long", p->path);
    sprintf(path, "%s/%s.c", src, p->path);
    p->text = read_file(path);
    title = strstr(p->text, "//@family ");
    if (title) {
        n = strcspn(title + 10, "\n");
        if (n >= sizeof p->title) die("title too long", p->path);
        memcpy(p->title, title + 10, n);
    }
    part_count++;
}

static void word_of_line(char *to, const char *from)
{
    size_t n = strcspn(from, " \n");
    if (n >= 128) die("word too long", from);
    memcpy(to, from, n);
    to[n] = 0;
}

static void process(buffer *out, const char *text, const char *src)
{
    char word[128], path[512];
    size_t length;
    const char *line;
    for (line = text; *line; line += length) {
        length = line_length(line);
        if (starts(line, "//@prefix ") || starts(line, "//@part ")) continue;
        else if (starts(line, "//@emit-typed ")) { word_of_line(word, line + 14); emit(out, word, 1); }
        else if (starts(line, "//@emit ")) { word_of_line(word, line + 8); emit(out, word, 0); }
        else if (starts(line, "//@renames")) emit_renames(out, 1);
        else if (starts(line, "//@unrenames")) emit_renames(out, 0);
        else if (starts(line, "//@families")) emit_families(out);
        else if (starts(line, "//@contents")) emit_contents(out);
        else if (starts(line, "//@insert ")) {
            char *inserted;
            word_of_line(word, line + 10);
            if (strlen(src) + strlen(word) + 5 > sizeof path) die("path too long", word);
            sprintf(path, "%s/%s.in", src, word);
            inserted = read_file(path);
            process(out, inserted, src);
            free(inserted);
        }
        else if (starts(line, "//@")) die("unknown directive", line);
        else rewrite(out, line, length, 0);
    }
}

int main(int argc, char **argv)
{
    char *text, *line;
    buffer out = {0, 0, 0};
    if (argc != 3) die("usage", "amalgamate FILE.h.in SRC");
    text = read_file(argv[1]);
    append(&out, "", 0);
    for (line = text; *line; line += line_length(line)) {
        if (starts(line, "//@prefix ") && sscanf(line + 10, "%31s %31s", private_lower, public_lower) != 2)
            die("prefix wants two words", argv[1]);
        if (starts(line, "//@part ")) load_part(line + 8, argv[2]);
    }
    upper(private_upper, private_lower);
    upper(public_upper, public_lower);
    find_all_names();
    process(&out, text, argv[2]);
    if (fwrite(out.text, 1, out.length, stdout) != out.length || fflush(stdout)) die("cannot write", "stdout");
    return 0;
}
