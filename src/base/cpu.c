#include "base/cpu.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *lk_isa_name(lk_isa isa)
{
	static const char *const lower[] = { "f64", "v2", "v3", "v4" };

	return isa < LK_ISA_COUNT ? lower[isa] : "?";
}

const char *lk_isa_text(lk_isa isa)
{
	static const char *const texts[] = {
#define X(name, suffix, text) text,
			LK_ISAS(X)
#undef X
	};

	return isa < LK_ISA_COUNT ? texts[isa] : "?";
}

lk_isa lk_isa_best(void)
{
#ifdef __x86_64__
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
			__builtin_cpu_supports("avx512cd") &&
			__builtin_cpu_supports("avx512dq") &&
			__builtin_cpu_supports("avx512vl"))
		return LK_ISA_V4;
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
			__builtin_cpu_supports("bmi2"))
		return LK_ISA_V3;
#endif
	return LK_ISA_V2;
}

lk_status lk_isa_choose(lk_isa *isa, lk_error *error)
{
	const char *wanted = getenv("LIKELY_ISA");
	lk_isa best = lk_isa_best();

	*isa = best;
	if (!wanted || !*wanted)
		return LK_OK;
	for (int i = LK_ISA_V2; i < LK_ISA_COUNT; i++) {
		if (strcmp(wanted, lk_isa_name((lk_isa)i)))
			continue;
		if (i > (int)best)
			return lk_fail(error, LK_RANGE,
					"LIKELY_ISA=%s: this processor has at most %s",
					wanted, lk_isa_text(best));
		*isa = (lk_isa)i;
		return LK_OK;
	}
	return lk_fail(error, LK_RANGE,
			"LIKELY_ISA=%s: unknown instruction set; use v2 to %s",
			wanted, lk_isa_name(best));
}

int lk_cpu_count(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set))
		return 1;
	int count = CPU_COUNT(&set);
	return count > 0 ? count : 1;
}

char *lk_cpu_name(char *text, size_t size)
{
	char line[256];
	FILE *file = fopen("/proc/cpuinfo", "re");

	snprintf(text, size, "unknown processor");
	while (file && fgets(line, sizeof line, file)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) || !colon || colon[1] != ' ')
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(text, size, "%s", colon + 2);
		break;
	}
	if (file)
		fclose(file);
	return text;
}

void lk_cpu_flush_denormals(void)
{
#ifdef __x86_64__
	/* MXCSR: bit 15 flush to zero, bit 6 denormals are zero */
	__builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040u);
#elif defined(__aarch64__)
	unsigned long fpcr;

	__asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
	__asm__ volatile("msr fpcr, %0" : : "r"(fpcr | 1ul << 24));
#endif
}
