/* base/cpu.h
 * What this processor can do, and how many threads to use. */
#ifndef LK_BASE_CPU_H
#define LK_BASE_CPU_H

#include "base/status.h"

#include <stddef.h>

/* clang-format off */
/* The builds of the numeric code, lowest first: name, suffix of its symbols,
 * description. F64 is the double build, used by gradient checks. */
#ifdef __x86_64__
#define LK_ISAS(X)                                  \
	X(F64, f64,    "double")                    \
	X(V2,  f32_v2, "x86-64-v2 (SSE4.2)")        \
	X(V3,  f32_v3, "x86-64-v3 (AVX2, FMA)")     \
	X(V4,  f32_v4, "x86-64-v4 (AVX-512)")
#else
#define LK_ISAS(X)                                  \
	X(F64, f64,    "double")                    \
	X(V2,  f32_v2, "baseline")
#endif
/* clang-format on */

typedef enum {
#define X(name, suffix, text) LK_ISA_##name,
	LK_ISAS(X)
#undef X
	LK_ISA_COUNT
} lk_isa;

const char *lk_isa_name(lk_isa isa); /* "v3", as LIKELY_ISA spells it */
const char *lk_isa_text(lk_isa isa); /* the description */

/* The widest float build that this processor runs. */
lk_isa lk_isa_best(void);

/* lk_isa_best, or the lower one that the environment variable LIKELY_ISA
 * (v2, v3, v4) forces; one that this machine lacks, or an unknown name, is an
 * error. */
lk_status lk_isa_choose(lk_isa *isa, lk_error *error);

/* Processors this process may run on. */
int lk_cpu_count(void);

/* "AMD EPYC 9R14 ..." or "unknown processor" into text; returns text. */
char *lk_cpu_name(char *text, size_t size);

/* Treat denormal numbers as zero on the calling thread (x86-64, aarch64). Every
 * thread of a team calls it, so that all compute alike. */
void lk_cpu_flush_denormals(void);

#endif
