/* Pictures and their classes, from a CSV file or from IDX files in gzip. */
#include "demo.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 8, BRIGHTEST = 16, FIELDS = SIDE * SIDE + 1, TEST_SHARE = 5 };

static const char *const digit_names[CLASSES] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
static const char *const fashion_names[CLASSES] = {"T-shirt", "Trousers", "Pullover", "Dress", "Coat",
                                                   "Sandal", "Shirt", "Sneaker", "Bag", "Boot"};

void *allocate(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size);
    if (!p) {
        fprintf(stderr, "demo: out of memory\n");
        exit(1);
    }
    return p;
}

uint64_t random_bits(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

double random_uniform(uint64_t *state) { return (double)(random_bits(state) >> 11) / 9007199254740992.0; }
size_t random_below(uint64_t *state, size_t n) { return (size_t)(random_uniform(state) * (double)n); }

void shuffle(uint64_t *state, uint32_t *order, size_t n)
{
    while (n > 1) {
        const size_t k = random_below(state, n--);
        const uint32_t swapped = order[n];
        order[n] = order[k];
        order[k] = swapped;
    }
}

static void open_pictures(pictures *p, size_t count, size_t side, int brightest)
{
    p->count = count;
    p->side = side;
    p->brightest = brightest;
    p->pixels = (uint8_t *)allocate(count * side, side);
    p->labels = (int32_t *)allocate(count, sizeof *p->labels);
}

void free_task(task *t)
{
    free(t->train.pixels);
    free(t->train.labels);
    free(t->test.pixels);
    free(t->test.labels);
}

/* Mean and standard deviation of the training pixels. */
static void measure(task *t)
{
    const size_t n = t->train.count * t->train.side * t->train.side;
    double sum = 0, squares = 0;
    size_t k;
    for (k = 0; k < n; k++) {
        sum += t->train.pixels[k];
        squares += (double)t->train.pixels[k] * t->train.pixels[k];
    }
    t->mean = sum / (double)n;
    t->deviation = sqrt(squares / (double)n - t->mean * t->mean);
    if (!(t->deviation > 0)) t->deviation = 1;
}

/* ---- CSV: FIELDS numbers a line, the last of them the class */

static int csv_line(const char *path, size_t number, const char *line, uint8_t *pixels, int32_t *label)
{
    const char *at = line;
    int k;
    for (k = 0; k < FIELDS; k++) {
        const long limit = k < FIELDS - 1 ? BRIGHTEST : CLASSES - 1;
        char *end;
        long value;
        if (*at == '\0') {
            fprintf(stderr, "demo: %s:%zu: the line has %d values, %d are needed\n", path, number, k, (int)FIELDS);
            return 0;
        }
        errno = 0;
        value = strtol(at, &end, 10);
        if (end == at || (*end != ',' && *end != '\0') || errno || value < 0 || value > limit) {
            fprintf(stderr, "demo: %s:%zu: value %d, \"%.*s\", is not a whole number from 0 to %ld\n", path, number, k + 1,
                    (int)strcspn(at, ",") < 40 ? (int)strcspn(at, ",") : 40, at, limit);
            return 0;
        }
        if (k < FIELDS - 1) pixels[k] = (uint8_t)value;
        else *label = (int32_t)value;
        at = *end == ',' && k < FIELDS - 1 ? end + 1 : end;
    }
    if (*at) fprintf(stderr, "demo: %s:%zu: the line has more than %d values\n", path, number, (int)FIELDS);
    return *at == '\0';
}

static int csv_read(const char *path, pictures *p)
{
    char line[1024];
    size_t room = 0, number = 0;
    FILE *f = fopen(path, "r");
    int good = 1;
    if (!f) {
        fprintf(stderr, "demo: cannot open %s: %s\n", path, strerror(errno));
        return 0;
    }
    while (good && fgets(line, sizeof line, f)) {
        const size_t length = strcspn(line, "\r\n");
        number++;
        if (length == sizeof line - 1) {
            fprintf(stderr, "demo: %s:%zu: the line is too long\n", path, number);
            good = 0;
            break;
        }
        line[length] = '\0';
        if (length == 0) continue;
        if (p->count == room) {
            pictures more;
            open_pictures(&more, room = room ? 2 * room : 2048, SIDE, BRIGHTEST);
            if (p->count) {
                memcpy(more.pixels, p->pixels, p->count * SIDE * SIDE);
                memcpy(more.labels, p->labels, p->count * sizeof *p->labels);
            }
            more.count = p->count;
            free(p->pixels);
            free(p->labels);
            *p = more;
        }
        good = csv_line(path, number, line, p->pixels + p->count * SIDE * SIDE, &p->labels[p->count]);
        p->count += good ? 1 : 0;
    }
    if (good && ferror(f)) {
        fprintf(stderr, "demo: cannot read %s: %s\n", path, strerror(errno));
        good = 0;
    }
    fclose(f);
    if (good && p->count == 0) fprintf(stderr, "demo: %s is empty\n", path);
    return good && p->count > 0;
}

static void copy_picture(pictures *to, const pictures *from, size_t k)
{
    const size_t size = from->side * from->side;
    memcpy(to->pixels + to->count * size, from->pixels + k * size, size);
    to->labels[to->count++] = from->labels[k];
}

/* Of every class one picture in TEST_SHARE, rounded, is for testing, whichever a
   shuffle says; the same seed gives the same split. */
static int split(task *t, const pictures *all, const char *path, uint64_t seed)
{
    size_t in_class[CLASSES] = {0}, tested[CLASSES] = {0}, k;
    uint32_t *order = (uint32_t *)allocate(all->count, sizeof *order);
    for (k = 0; k < all->count; k++) {
        order[k] = (uint32_t)k;
        in_class[all->labels[k]]++;
    }
    for (k = 0; k < CLASSES; k++)
        if (in_class[k] < TEST_SHARE) {
            fprintf(stderr, "demo: %s has %zu pictures of class %zu, at least %d are needed\n", path, in_class[k], k,
                    (int)TEST_SHARE);
            free(order);
            return 0;
        }
    shuffle(&seed, order, all->count);
    open_pictures(&t->train, all->count, all->side, all->brightest);
    open_pictures(&t->test, all->count, all->side, all->brightest);
    t->train.count = t->test.count = 0;
    for (k = 0; k < all->count; k++) {
        const int32_t label = all->labels[order[k]];
        const int testing = tested[label] < (in_class[label] + TEST_SHARE / 2) / TEST_SHARE;
        tested[label] += testing ? 1 : 0;
        copy_picture(testing ? &t->test : &t->train, all, order[k]);
    }
    free(order);
    return 1;
}

int load_csv(task *t, const char *path, uint64_t seed)
{
    pictures all = {0};
    int good;
    memset(t, 0, sizeof *t);
    t->title = "Handwritten digits";
    t->names = digit_names;
    good = csv_read(path, &all) && split(t, &all, path, seed);
    free(all.pixels);
    free(all.labels);
    if (good) measure(t);
    return good;
}

/* ---- IDX: two zero bytes, a type (8: bytes), the number of dimensions, each of them
   in four bytes, the highest first, then the values */

static uint8_t *idx_values(const char *folder, const char *name, unsigned dimensions, uint32_t *size)
{
    char *path = (char *)allocate(strlen(folder) + strlen(name) + 2, 1);
    const char *problem;
    size_t length = 0, values = 1;
    uint8_t *data;
    unsigned k;
    sprintf(path, "%s/%s", folder, name);
    data = read_gzip(path, &length, &problem);
    if (data && (length < 4 + 4 * dimensions || data[0] || data[1] || data[2] != 8 || data[3] != dimensions))
        problem = "is not an IDX file of bytes with the dimensions it should have";
    for (k = 0; !problem && k < dimensions; k++) {
        const uint8_t *p = data + 4 + 4 * k;
        size[k] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        if (size[k] && values > length / size[k]) problem = "is shorter than it says";
        else values *= size[k];
    }
    if (!problem && length - 4 - 4 * dimensions != values) problem = "is not as long as it says";
    if (problem) {
        fprintf(stderr, "demo: %s %s\n", path, problem);
        free(data);
        data = NULL;
    } else memmove(data, data + 4 + 4 * dimensions, values);
    free(path);
    return data;
}

static int load_idx(pictures *p, const char *folder, const char *images, const char *labels)
{
    uint32_t size[3] = {0, 0, 0}, count = 0;
    uint8_t *pixels = idx_values(folder, images, 3, size), *classes = pixels ? idx_values(folder, labels, 1, &count) : NULL;
    size_t k;
    int good = pixels && classes;
    if (good && (size[0] != count || count == 0 || size[1] == 0 || size[1] != size[2])) {
        fprintf(stderr, "demo: %s and %s in %s do not belong together\n", images, labels, folder);
        good = 0;
    }
    for (k = 0; good && k < count; k++)
        if (classes[k] >= CLASSES) {
            fprintf(stderr, "demo: %s: label %zu is %d, more than %d\n", labels, k, classes[k], CLASSES - 1);
            good = 0;
        }
    if (good) {
        open_pictures(p, count, size[1], 255);
        memcpy(p->pixels, pixels, p->count * p->side * p->side);
        for (k = 0; k < count; k++) p->labels[k] = classes[k];
    }
    free(pixels);
    free(classes);
    return good;
}

int load_fashion(task *t, const char *folder)
{
    int good;
    memset(t, 0, sizeof *t);
    t->title = "Fashion-MNIST";
    t->names = fashion_names;
    good = load_idx(&t->train, folder, "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
        && load_idx(&t->test, folder, "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz");
    if (good && t->train.side != t->test.side) {
        fprintf(stderr, "demo: training and test pictures in %s differ in size\n", folder);
        good = 0;
    }
    if (good) measure(t);
    else fprintf(stderr, "demo: Fashion-MNIST is in Debian's package dataset-fashion-mnist; --fashion DIR names its folder\n");
    return good;
}
