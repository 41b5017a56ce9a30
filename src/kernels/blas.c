#include "kernels/blas.h"

#include "base/cpu.h"

#include <cblas.h>
#include <omp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* How often a thread looks before it sleeps at a barrier: some tens of
 * microseconds, longer than neighbouring tasks differ. GNU OpenMP's own default,
 * some milliseconds, starves the team as soon as another program runs beside it:
 * 2,000 tokens/s where 18,000 were to be had. */
#define SPIN_COUNT "50000"

/* Core types of OpenBLAS that do without AVX2. */
static const char *const slow_cores[] = { "Prescott", "Core2", "Penryn",
	"Dunnington", "Nehalem", "Sandybridge", "Atom", "Nano", "Athlon", "Opteron",
	"Opteron_SSE3", "Barcelona", "Bobcat", "Bulldozer", "Piledriver",
	"Steamroller", "Katmai", "Coppermine", "Northwood", "Banias" };

/* The core type to ask for instead, or NULL where OpenBLAS chose well. */
static const char *better_core(const char *core)
{
#ifdef __x86_64__
	for (size_t i = 0; i < sizeof slow_cores / sizeof *slow_cores; i++)
		if (!strcasecmp(core, slow_cores[i])) {
			lk_isa isa = lk_isa_best();

			return isa == LK_ISA_V4 ? "SkylakeX"
					: isa == LK_ISA_V3 ? "Haswell" : NULL;
		}
#else
	(void)core, (void)slow_cores;
#endif
	return NULL;
}

/* Set a variable that the user has not set; true where that was needed. */
static bool set_if_unset(const char *name, const char *value)
{
	return value && !getenv(name) && !setenv(name, value, 0);
}

/* Where the user asks for threads that are bound to processors (OMP_PROC_BIND), this one
 * is already, and what it executes would find its own processor only. */
static void unbind(void)
{
	int places = omp_get_num_places();
	cpu_set_t all;

	CPU_ZERO(&all);
	for (int place = 0; place < places; place++) {
		int ids[CPU_SETSIZE], count = omp_get_place_num_procs(place);

		if (count > CPU_SETSIZE)
			return;
		omp_get_place_proc_ids(place, ids);
		for (int i = 0; i < count; i++)
			CPU_SET((size_t)ids[i], &all);
	}
	if (places)
		sched_setaffinity(0, sizeof all, &all);
}

void lk_blas_prepare(char **argv)
{
	bool changed = set_if_unset("OPENBLAS_CORETYPE",
			better_core(openblas_get_corename()));

	openblas_set_num_threads(1);
	if (!getenv("OMP_WAIT_POLICY"))
		changed |= set_if_unset("GOMP_SPINCOUNT", SPIN_COUNT);
	if (changed) {
		unbind();
		execv("/proc/self/exe", argv);
	}
}

char *lk_blas_text(char *text, size_t size)
{
	static const char *const builds[] = { "serial", "pthread", "OpenMP" };
	const char *config = openblas_get_config();
	int build = openblas_get_parallel();

	/* The configuration begins "OpenBLAS 0.3.21 ". */
	int words = (int)strcspn(config, " ");
	if (config[words])
		words += 1 + (int)strcspn(config + words + 1, " ");
	snprintf(text, size, "%.*s %s %s", words, config,
			build >= 0 && build <= 2 ? builds[build] : "unknown",
			openblas_get_corename());
	return text;
}
