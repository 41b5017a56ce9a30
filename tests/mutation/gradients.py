#!/usr/bin/env python3
"""Break one backward pass at a time and see that a gradient test notices.

    gradients.py SOURCE_ROOT

Copies the project, builds the suite `grad`, and for each row of MUTATIONS
changes that one place, rebuilds, and runs the suite, which must fail. Takes
minutes: suite `long`.
"""
import os
import shutil
import subprocess
import sys
import tempfile

# file below src/, text that occurs there exactly once, what takes its place
MUTATIONS = [
    ("kernels/layernorm.c", "dx[c] = s * (gain[c] * dy[c] - sum - n * product);",
     "dx[c] = s * (gain[c] * dy[c] - n * product);"),
    ("kernels/layernorm.c", "dx[c] += s * (gain[c] * dy[c] - sum - n * product);",
     "dx[c] += s * (gain[c] * dy[c] - sum + n * product);"),
    ("kernels/rms_row.h", "dx[c] = s * (gain[c] * d - xs * mean);",
     "dx[c] = s * (gain[c] * d + xs * mean);"),
    ("kernels/rms_row.h", "dx[c] += s * (gain[c] * d - xs * mean);",
     "dx[c] += s * gain[c] * d;"),
    ("kernels/gelu.c", "dx[i] = d * (gate + v * du * (gate * rest));",
     "dx[i] = d * (gate + v * (gate * rest));"),
    ("kernels/swiglu.c", "dup[h] = d * (z * s);", "dup[h] = d * z;"),
    ("kernels/swiglu.c", "(s + z * s * rest)", "(s - z * s * rest)"),
    ("kernels/relu2.c", "dx[i] = 2 * positive * dy[i];", "dx[i] = positive * dy[i];"),
    ("kernels/bias.c", "sum[c] += dy[r * C + c];", "sum[c] = dy[r * C + c];"),
    ("kernels/rope.c", "turn(dx, cosine, sine, B, T, H, D, ld, first, -1);",
     "turn(dx, cosine, sine, B, T, H, D, ld, first, 1);"),
    ("kernels/embedding.c", "sum[c] += d[c];", "sum[c] = d[c];"),
    ("kernels/embedding.c", "sum[c] += dy[(b * T + t) * C + c];",
     "sum[c] = dy[(b * T + t) * C + c];"),
    ("kernels/cross_entropy.c", "row[target[r]] -= scale;", "row[target[r]] += scale;"),
    ("kernels/attention_backward.c", "dp[u] = scale * p[u] * (dp[u] - delta);",
     "dp[u] = scale * p[u] * dp[u];"),
    ("kernels/attention_backward.c", "(dp[u] * w->mask[u] - delta);", "(dp[u] - delta);"),
    ("kernels/attention_backward.c", "p[u] *= w->mask[u];", ";"),
    ("kernels/gemm.c", "\ttrue, false, accumulate);", "\ttrue, false, false);"),
    ("model/backward.c", "C, accumulate || c->tied);", "C, accumulate);"),
    ("model/backward.c", "if (c->position == LK_ROPE)\n\t\tlk_rope_backward(",
     "if (c->position != LK_ROPE)\n\t\tlk_rope_backward("),
    ("model/backward.c", "LK_SUMS_NORM2, true);", "LK_SUMS_NORM2, false);"),
    ("model/backward.c", "LK_SUMS_NORM1, true);", "LK_SUMS_NORM2, true);"),
    ("model/backward.c", "lk_drop_site(b->layer, which),\n\t\t\tbatch->sequence + slab->sequence);",
     "lk_drop_site(b->layer, which), batch->sequence);"),
    ("model/head.c", "ld, accumulate || r > 0);", "ld, true);"),
    ("kernels/mix.c", "second += d * x0[c];", "second += d * x[c];"),
    ("kernels/mix.c", "add ? dx0[c] + b * d : b * d;", "b * d;"),
    ("kernels/softcap.c", "= 1 - row[v] * row[v];", "= 1 - row[v];"),
    ("model/backward.c", "mix, slab->rows, C, !first, false,",
     "mix, slab->rows, C, true, false,"),
    ("model/backward.c", "if (b->layer == 0)\n\t\tlk_residual_forward(",
     "if (b->layer == 1)\n\t\tlk_residual_forward("),
    ("model/backward.c", "dx = b->act->dh;", ";"),
    ("model/head.c", "lk_softcap_backward(act->logits, act->slope, rows, V, ld);", ";"),
]


def run(command, directory):
    return subprocess.run(command, cwd=directory, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def suite_passes(build):
    built = run(["ninja"], build)
    if built.returncode:
        sys.exit("a mutation does not compile:\n" + built.stdout[-2000:])
    return run(["meson", "test", "--suite", "grad", "--no-rebuild"], build).returncode == 0


def main():
    root = sys.argv[1]
    survivors = 0
    with tempfile.TemporaryDirectory() as scratch:
        copy = os.path.join(scratch, "project")
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(
            ".git", "build*", "data", "checkpoints"))
        build = os.path.join(scratch, "build")
        # -O1: the double build is what is tested
        setup = run(["meson", "setup", "-Doptimization=1", build, copy], scratch)
        if setup.returncode:
            sys.exit(setup.stdout)
        if not suite_passes(build):
            sys.exit("the suite fails before anything is broken")
        for name, old, new in MUTATIONS:
            path = os.path.join(copy, "src", name)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            if text.count(old) != 1:
                sys.exit(f"{name}: occurs {text.count(old)} times, not once: {old!r}")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace(old, new))
            noticed = not suite_passes(build)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            survivors += not noticed
            print(("noticed  " if noticed else "SURVIVED ") + f"{name}: {new}", flush=True)
    print(f"{len(MUTATIONS) - survivors} of {len(MUTATIONS)} mutations noticed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
