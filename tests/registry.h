/* Turns the .def files of one header into the table rows[]: a program defines
   REGISTRY as the name of its list and includes this behind the header and the
   prepare functions. */
#define ALSO(function, where)
#define ELEM(function, arguments)

#define ROW(function, signature, arguments, good, bad, flags, source, papers) \
    static int function##_run32(call *c) { return function##_f32 arguments; } \
    static int function##_run64(call *c) { return function##_f64 arguments; } \
    static const double function##_good[][24] = good; \
    static const double function##_bad[][24] = bad;
#define ROW1(function, signature, arguments, good, bad, flags, source, papers) \
    static int function##_run(call *c) { return function arguments; } \
    static const double function##_good[][24] = good; \
    static const double function##_bad[][24] = bad;
#include REGISTRY
#undef ROW
#undef ROW1

#define ROW_SETS(function) function##_good, (int)(sizeof function##_good / sizeof function##_good[0]) - 1, \
    function##_bad, (int)(sizeof function##_bad / sizeof function##_bad[0]) - 1
#define ROW(function, signature, arguments, good, bad, flags, source, papers) \
    { #function, #signature, source, papers, signature##_prepare, function##_run32, function##_run64, ROW_SETS(function), flags },
#define ROW1(function, signature, arguments, good, bad, flags, source, papers) \
    { #function, #signature, source, papers, signature##_prepare, function##_run, function##_run, ROW_SETS(function), (flags) | FLAG_UNTYPED },
static const row rows[] = {
#include REGISTRY
};
#undef ROW
#undef ROW1
#undef ALSO
#undef ELEM

enum { row_count = (int)(sizeof rows / sizeof rows[0]) };
