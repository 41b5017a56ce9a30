/* base/file.h
 * Files read whole, and files and directories replaced as one: a reader sees
 * the old one or the new one, never half of either, whatever interrupts.
 *
 * Every function names the path in its message. Not thread-safe with respect
 * to the same path; otherwise any thread may call. */
#ifndef LK_BASE_FILE_H
#define LK_BASE_FILE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes owned by whoever holds the struct; free with lk_bytes_free. One NUL
 * follows data[nbytes - 1], not counted, so that text can be parsed in place. */
typedef struct {
	unsigned char *data;
	size_t nbytes;
} lk_bytes;

void lk_bytes_free(lk_bytes *bytes);

/* Read a regular file, a pipe, or "-" (standard input) whole. A directory or
 * an unreadable file fails. most: refuse more bytes than this (0: no limit). */
lk_status lk_file_read(lk_bytes *bytes, const char *path, size_t most,
		lk_error *error);

/* Read exactly nbytes at offset of an open file; a file that ends before is an
 * error that says it has been truncated. */
lk_status lk_file_read_at(int fd, void *out, size_t nbytes, uint64_t offset,
		const char *path, lk_error *error);

/* Write all of data to an open file (EINTR and short writes handled). */
lk_status lk_file_write_all(int fd, const void *data, size_t nbytes,
		const char *path, lk_error *error);

/* Replace path by these bytes: temporary file in the same directory, fsync,
 * rename, fsync of the directory. On failure nothing is left behind and path
 * is as before. */
lk_status lk_file_replace(const char *path, const void *data, size_t nbytes,
		lk_error *error);

/* Create a directory and its parents; existing ones are fine. */
lk_status lk_directory_make(const char *path, lk_error *error);

/* fsync a directory, so that a rename in it is on disk. */
lk_status lk_directory_sync(const char *path, lk_error *error);

/* Remove a directory and what is in it; symbolic links are removed, never
 * followed. A missing one is fine. */
lk_status lk_directory_remove(const char *path, lk_error *error);

/* Point the symbolic link path at target, replacing it by rename. */
lk_status lk_link_replace(const char *path, const char *target, lk_error *error);

bool lk_path_exists(const char *path);       /* lstat succeeds */
bool lk_path_is_directory(const char *path); /* follows links */

/* "a/b" from "a" and "b", malloc'd; NULL when out of memory. */
char *lk_path_join(const char *directory, const char *name);

/* XXH3, 64 and 128 bits, the latter as 32 lower-case hexadecimal digits. */
uint64_t lk_hash64(const void *data, size_t nbytes);
void lk_hash128_text(char text[33], const void *data, size_t nbytes);

/* The same over pieces. */
typedef struct lk_hasher lk_hasher;
lk_hasher *lk_hasher_new(void); /* NULL when out of memory */
void lk_hasher_add(lk_hasher *hasher, const void *data, size_t nbytes);
void lk_hasher_text(const lk_hasher *hasher, char text[33]);
void lk_hasher_free(lk_hasher *hasher);

#endif
