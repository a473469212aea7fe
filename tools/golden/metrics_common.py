"""What the generators of tests/golden/metrics_*.inc share: C arrays of numbers."""
import math


def number(x):
    x = float(x)
    if math.isnan(x):
        return "NAN"
    if math.isinf(x):
        return "INFINITY" if x > 0 else "-INFINITY"
    return repr(x)


def array(name, values, ctype="double"):
    values = list(values)
    text = [number(v) if ctype == "double" else str(int(v)) for v in values] or ["0"]
    lines, line = [], "   "
    for t in text:
        if len(line) + len(t) > 104:
            lines.append(line)
            line = "   "
        line += " " + t + ","
    lines.append(line)
    return "static const %s %s[] = {\n%s\n};\n" % (ctype, name, "\n".join(lines))


def write(name, how, parts):
    with open("tests/golden/metrics_%s.inc" % name, "w") as f:
        f.write("/* Made by tools/golden/metrics_%s.py: %s */\n" % (name, how))
        f.write("".join(parts))
