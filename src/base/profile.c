#include "base/profile.h"

#include "base/clock.h"

#include <omp.h>

const char *lk_region_text(lk_region region)
{
	static const char *const texts[] = {
#define X(name, text) text,
			LK_REGIONS(X)
#undef X
	};

	return region < LK_REGION_COUNT ? texts[region] : "?";
}

void lk_profile_begin(lk_profile *profile)
{
	*profile = (lk_profile){ .since = lk_clock_seconds(), .region = LK_REGION_OTHER };
}

void lk_profile_switch(lk_profile *profile, lk_region region)
{
	double now;

	/* In a team of one inside the team, every thread would be the first. */
	if (omp_get_level() && omp_get_ancestor_thread_num(1))
		return;
	now = lk_clock_seconds();
	profile->seconds[profile->region] += now - profile->since;
	profile->since = now;
	profile->region = region;
}
