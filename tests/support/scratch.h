/* tests/support/scratch.h
 * A directory of this test's own, made at the first call and removed when the
 * program ends, and small helpers to put files there and look at them. */
#ifndef LK_TESTS_SUPPORT_SCRATCH_H
#define LK_TESTS_SUPPORT_SCRATCH_H

#include "base/directory.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char test_scratch_path[1024];

static inline void test_scratch_remove(void)
{
	lk_directory_remove(test_scratch_path, NULL);
}

static inline const char *test_scratch(void)
{
	const char *parent = getenv("TMPDIR");

	if (*test_scratch_path)
		return test_scratch_path;
	snprintf(test_scratch_path, sizeof test_scratch_path, "%s/likely-test-XXXXXX",
			parent && *parent ? parent : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(test_scratch_path));
	atexit(test_scratch_remove);
	return test_scratch_path;
}

/* The path of name in there; good for the next seven calls. */
static inline const char *test_path(const char *name)
{
	static char path[8][2048];
	static unsigned turn;
	char *out = path[turn++ % 8];

	snprintf(out, sizeof path[0], "%s/%s", test_scratch(), name);
	return out;
}

/* Put a file there; its path. */
static inline const char *test_write(const char *name, const void *data, size_t nbytes)
{
	const char *path = test_path(name);
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, nbytes, file), nbytes);
	ck_assert_int_eq(fclose(file), 0);
	return path;
}

static inline const char *test_write_text(const char *name, const char *text)
{
	return test_write(name, text, strlen(text));
}

/* How many entries a directory has, hidden ones included. */
static inline size_t test_entries(const char *path)
{
	DIR *directory = opendir(path);
	size_t count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2; /* "." and ".." */
}

#endif
