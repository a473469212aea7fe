"""Arrays as C, for the generators next to it: run one with the path of its .inc as stdout."""


def array(name, values, kind="double"):
    values = list(values)
    text = ["%d" % v if kind == "int32_t" else "%.17g" % v for v in values]
    lines, line = [], "   "
    for t in text:
        if len(line) + len(t) > 110:
            lines.append(line)
            line = "   "
        line += " " + t + ","
    lines.append(line)
    print("static const %s %s[%d] = {\n%s\n};" % (kind, name, len(values), "\n".join(lines)))
