//@family Status: what functions return

//@api

/* Every function that can fail returns one of these; on anything but THIS_OK
   no output has been touched. NaN and infinity in data are no errors. */
enum {
    THIS_OK = 0,
    THIS_ERROR_NULL = 1,
    THIS_ERROR_SIZE = 2,
    THIS_ERROR_PARAMETER = 3,
    THIS_ERROR_LABEL = 4,
    THIS_ERROR_OPTION = 5,
    THIS_ERROR_SCRATCH = 6,
    THIS_ERROR_OVERLAP = 7
};

/* The sentence of a status. Never NULL. */
THIS_DEF const char *this_strerror(int status);

//@once

THIS_DEF const char *this_strerror(int status)
{
    switch (status) {
    case THIS_OK: return "no error";
    case THIS_ERROR_NULL: return "a required pointer is NULL";
    case THIS_ERROR_SIZE: return "a size is out of range, or sizes that must agree do not";
    case THIS_ERROR_PARAMETER: return "a hyper-parameter is not finite or out of its documented range";
    case THIS_ERROR_LABEL: return "a label or index is out of range";
    case THIS_ERROR_OPTION: return "an option has a value the function does not know";
    case THIS_ERROR_SCRATCH: return "the scratch memory is missing or too small";
    case THIS_ERROR_OVERLAP: return "buffers overlap that must not";
    default: return "unknown status";
    }
}

/* Scratch comes from the caller as one block; pieces are cut off it one after
   the other, each aligned to 64 bytes. lfn_piece(n, bytes) is the room n
   elements take, THIS_..._scratch functions add the pieces up. */
LFN_UNUSED static size_t lfn_piece(size_t n, size_t bytes)
{
    size_t size = lfn_mul(n, bytes);
    return size > SIZE_MAX - 127 ? SIZE_MAX : (size + 63) / 64 * 64 + 64;
}

LFN_UNUSED static void *lfn_cut(void **scratch, size_t n, size_t bytes)
{
    char *start = (char *)*scratch;
    uintptr_t misaligned = (uintptr_t)start % 64;
    char *piece = misaligned ? start + (64 - misaligned) : start;
    *scratch = start + lfn_piece(n, bytes);
    return piece;
}
