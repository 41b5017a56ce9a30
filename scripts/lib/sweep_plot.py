"""The plot of a sweep: bits per byte over size, a panel for each text (docs/minutes.svg)."""
import matplotlib
from matplotlib import cm, colors
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

MARKERS = {"byte": "x", "char": "+", "bpe:512": "v", "bpe:1024": "s", "bpe:2048": "o",
           "bpe:4096": "^", "bpe:8192": "D", "bpe:16384": "P"}
COLUMNS = 4


def size_of(row):
    """Parameters of the layers."""
    return 12 * int(row["layers"]) * int(row["width"]) ** 2


def curves(rows):
    """Runs that share tokenizer, budget and beginning, and of those that differ in more than the
    size the best: lists of (size, row), ascending."""
    lines = {}
    for row in rows:
        key = row["tokenizer"], row["budget"], row["induction_init"]
        best = lines.setdefault(key, {})
        old = best.get(size_of(row))
        if old is None or float(row["bits_per_byte"]) < float(old["bits_per_byte"]):
            best[size_of(row)] = row
    return [sorted(line.items()) for line in lines.values()]


def draw_text(axis, rows, colour):
    """A panel: bits per byte over size, for one text."""
    for curve in curves(rows):
        sizes, runs = zip(*curve)
        row = runs[0]
        marker = MARKERS[row["tokenizer"].split()[-1]]
        shade = colour(float(row["operations"]))
        axis.plot(sizes, [float(run["bits_per_byte"]) for run in runs], marker=marker,
                  markersize=5, color=shade, linewidth=1,
                  markerfacecolor=shade if row["induction_init"] == "yes" else "none")
    bars = [float(row["ngram_bits_per_byte"]) for row in rows if row["ngram_bits_per_byte"]]
    if bars:
        axis.axhline(min(bars), color="grey", linestyle=":")
    axis.set_xscale("log")
    axis.set_xlim(6e4, 8e6)
    axis.set_title(f"{rows[0]['corpus']}, {int(rows[0]['bytes']) / 1e6:.3g} MB", fontsize=9)
    axis.tick_params(labelsize=7, which="both")


def draw_legend(axis, colours):
    """What markers and colours mean, for all panels: it takes the place of one."""
    def mark(label, **look):
        return Line2D([], [], **{"color": "black", "linestyle": "none"} | look, label=label)

    axis.set_axis_off()
    axis.legend(handles=[
        *(mark(name, marker=marker) for name, marker in MARKERS.items()),
        mark("hollow: begun without\ninduction heads that answer", marker="o",
             markerfacecolor="none"),
        mark("Kneser-Ney", color="grey", linestyle=":"),
    ], loc="upper center", ncols=2, fontsize=7, frameon=False, columnspacing=1,
        bbox_to_anchor=(0.5, 1.1))
    axis.figure.colorbar(colours, cax=axis.inset_axes([0.05, 0.12, 0.9, 0.06]),
                         orientation="horizontal")
    axis.text(0.5, -0.2, "operations of the run", ha="center", fontsize=7,
              transform=axis.transAxes)


def plot(rows, path):
    """Bits per byte over parameters, a panel for each corpus, shortest first."""
    matplotlib.rcParams["svg.hashsalt"] = "sweep"  # the same file each time
    matplotlib.rcParams["svg.fonttype"] = "none"  # text, not outlines of it

    texts = {}
    for row in rows:
        texts.setdefault(row["corpus"], []).append(row)
    spent = [float(row["operations"]) for row in rows]
    colours = cm.ScalarMappable(colors.LogNorm(min(spent), max(spent)), "viridis_r")
    lines = -(-(len(texts) + 1) // COLUMNS)
    figure = Figure(figsize=(3 * COLUMNS, 2.2 * lines), layout="constrained")
    legend, *panels = figure.subplots(lines, COLUMNS, squeeze=False).flat
    draw_legend(legend, colours)
    for axis in panels[len(texts):]:
        axis.set_visible(False)
    for axis, own in zip(panels, sorted(texts.values(), key=lambda own: int(own[0]["bytes"]))):
        draw_text(axis, own, colours.to_rgba)
    figure.supxlabel("parameters of the layers", fontsize=9)
    figure.supylabel("bits per byte", fontsize=9)
    figure.savefig(path, metadata={"Date": None})
