#include "base/clock.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

double lk_clock_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

size_t lk_memory_now(void)
{
	unsigned long total = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file)
		return 0;
	if (fscanf(file, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	fclose(file);
	return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

size_t lk_memory_peak(void)
{
	/* ru_maxrss survives exec, and so may be the peak of whoever started
	 * us; VmHWM is this program's own. */
	unsigned long kibibytes = 0;
	FILE *file = fopen("/proc/self/status", "re");
	struct rusage usage;
	char line[256];

	while (file && !kibibytes && fgets(line, sizeof line, file))
		sscanf(line, "VmHWM: %lu", &kibibytes);
	if (file)
		fclose(file);
	if (!kibibytes && !getrusage(RUSAGE_SELF, &usage))
		kibibytes = (unsigned long)usage.ru_maxrss;
	return (size_t)kibibytes * 1024;
}
