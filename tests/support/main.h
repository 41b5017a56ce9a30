/* tests/support/main.h
 * The main() of a test file: TEST_MAIN(suite_function). */
#ifndef LK_TESTS_SUPPORT_MAIN_H
#define LK_TESTS_SUPPORT_MAIN_H

#include <check.h>
#include <stdlib.h>

#define TEST_MAIN(make_suite)                                   \
	int main(void)                                          \
	{                                                       \
		SRunner *runner = srunner_create(make_suite()); \
		srunner_run_all(runner, CK_ENV);                \
		int failed = srunner_ntests_failed(runner);     \
		int run = srunner_ntests_run(runner);           \
		srunner_free(runner);                           \
		return failed || run == 0 ? EXIT_FAILURE        \
					  : EXIT_SUCCESS;       \
	}

#endif
