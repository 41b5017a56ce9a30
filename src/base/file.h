/* base/file.h
 * Files read whole, and replaced as one: a reader sees the old one or the new
 * one, never half of either, whatever interrupts.
 *
 * Every function names the path in its message. Not thread-safe with respect
 * to the same path; otherwise any thread may call. A disk quota or size limit
 * is an error like a full disk where SIGXFSZ is ignored. */
#ifndef LK_BASE_FILE_H
#define LK_BASE_FILE_H

#include "base/directory.h"
#include "base/hash.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

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
 * is as before (when only the last fsync fails, it is the new file, perhaps
 * not on disk yet). Of a symbolic link, what it leads to is replaced; a device
 * or a pipe is written to. */
lk_status lk_file_replace(const char *path, const void *data, size_t nbytes,
		lk_error *error);

/* Point the symbolic link path at target, replacing it by rename. */
lk_status lk_link_replace(const char *path, const char *target, lk_error *error);

#endif
