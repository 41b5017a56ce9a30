#include "compress/header.h"

#include "base/hash.h"

#include <assert.h>
#include <string.h>

static const unsigned char magic[8] = { 'l', 'i', 'k', 'e', 'l', 'y', 0x1a, 1 };

enum { VERSION_AT = 7, CHECK_AT = 60 };

static void put(unsigned char *out, uint64_t value, size_t nbytes)
{
	for (size_t i = 0; i < nbytes; i++)
		out[i] = (unsigned char)(value >> 8 * i);
}

static uint64_t get(const unsigned char *in, size_t nbytes)
{
	uint64_t value = 0;

	for (size_t i = nbytes; i-- > 0;)
		value = value << 8 | in[i];
	return value;
}

/* Of the file without the check itself: the hash of two hashes. */
static uint32_t check_of(const unsigned char *file, size_t nbytes)
{
	unsigned char both[16];

	put(both, lk_hash64(file, CHECK_AT), 8);
	put(both + 8,
			lk_hash64(file + LK_COMPRESSED_HEADER,
					nbytes - LK_COMPRESSED_HEADER),
			8);
	return (uint32_t)lk_hash64(both, sizeof both);
}

void lk_compressed_header_write(unsigned char *file, size_t payload_nbytes,
		const lk_compressed_header *header)
{
	assert(header->streams && header->streams <= LK_COMPRESSED_STREAMS_MOST);
	memcpy(file, magic, sizeof magic);
	memcpy(file + 8, header->model, LK_COMPRESSED_HASH);
	put(file + 24, header->path, 8);
	put(file + 32, header->nbytes, 8);
	put(file + 40, header->text_hash, 8);
	put(file + 48, header->tokens, 8);
	put(file + 56, header->streams, 4);
	put(file + CHECK_AT, check_of(file, LK_COMPRESSED_HEADER + payload_nbytes), 4);
}

static lk_status check_frame(const unsigned char *file, size_t nbytes, const char *name,
		lk_error *error)
{
	size_t same = 0;

	while (same < VERSION_AT && same < nbytes && file[same] == magic[same])
		same++;
	if (same < VERSION_AT && same < nbytes)
		return lk_fail(error, LK_FORMAT, "%s: was not made by likely compress",
				name);
	if (nbytes < LK_COMPRESSED_HEADER)
		return lk_fail(error, LK_FORMAT,
				"%s: has been cut: it holds %zu bytes, the header "
				"alone "
				"has %d",
				name, nbytes, LK_COMPRESSED_HEADER);
	if (file[VERSION_AT] != magic[VERSION_AT])
		return lk_fail(error, LK_UNSUPPORTED,
				"%s: is version %d of the format; this program knows "
				"version %d",
				name, file[VERSION_AT], magic[VERSION_AT]);
	if (get(file + CHECK_AT, 4) != check_of(file, nbytes))
		return lk_fail(error, LK_FORMAT,
				"%s: has been cut or changed since it was made: its "
				"checksum does not hold",
				name);
	return LK_OK;
}

lk_status lk_compressed_header_read(lk_compressed_header *header,
		const unsigned char *file, size_t nbytes, const char *name,
		lk_error *error)
{
	lk_status status = check_frame(file, nbytes, name, error);

	if (status)
		return status;
	memcpy(header->model, file + 8, LK_COMPRESSED_HASH);
	header->path = get(file + 24, 8);
	header->nbytes = get(file + 32, 8);
	header->text_hash = get(file + 40, 8);
	header->tokens = get(file + 48, 8);
	header->streams = (uint32_t)get(file + 56, 4);
	if (header->tokens > header->nbytes || !header->tokens != !header->nbytes ||
			!header->streams ||
			header->streams > LK_COMPRESSED_STREAMS_MOST ||
			(header->streams > 1 && header->streams > header->tokens))
		return lk_fail(error, LK_FORMAT,
				"%s: %llu bytes in %llu tokens and %lu streams cannot "
				"be",
				name, (unsigned long long)header->nbytes,
				(unsigned long long)header->tokens,
				(unsigned long)header->streams);
	return LK_OK;
}
