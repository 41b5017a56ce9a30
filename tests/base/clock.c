/* The memory that a run reports: wrong by the factor of a page or of 1024 it
 * still looks plausible. */
#include "base/clock.h"
#include "support/main.h"

#include <string.h>
#include <sys/mman.h>

enum { MIB = 1 << 20 };

START_TEST(time_goes_on)
{
	double begin = lk_clock_seconds();
	double now = begin;

	while (now == begin)
		now = lk_clock_seconds();
	ck_assert_double_gt(now, begin);
	ck_assert_double_lt(now - begin, 10);
}
END_TEST

START_TEST(memory_rises_by_what_is_touched_and_the_peak_stays)
{
	size_t now = lk_memory_now(), peak = lk_memory_peak(), nbytes = 192 * MIB;
	char *block = mmap(NULL, nbytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(block, MAP_FAILED);
	if (!now) /* no /proc here */
		return;
	memset(block, 1, nbytes);
	/* The kernel counts lazily, by some pages per thread. Thousands in the
	 * place of 1024 would miss by more. */
	ck_assert_uint_ge(lk_memory_now(), now + nbytes - 2 * MIB);
	ck_assert_uint_le(lk_memory_now(), now + nbytes + 8 * MIB);
	ck_assert_uint_ge(lk_memory_peak() + 2 * MIB, lk_memory_now());
	munmap(block, nbytes);
	ck_assert_uint_ge(lk_memory_peak(), now + nbytes - 2 * MIB);
	ck_assert_uint_le(lk_memory_peak(), peak + nbytes + 8 * MIB);
	ck_assert_uint_le(lk_memory_now(), now + 8 * MIB);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("clock");

	tcase_add_test(t, time_goes_on);
	tcase_add_test(t, memory_rises_by_what_is_touched_and_the_peak_stays);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
