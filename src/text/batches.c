#include "text/batches.h"

#include "base/rng.h"

#include <assert.h>
#include <string.h>

lk_status lk_batches_init(lk_batches *batches, const lk_tokens *tokens, size_t context,
		uint64_t seed, const char *name, lk_error *error)
{
	size_t count = lk_tokens_count(tokens);
	uint64_t windows;

	assert(context > 0);
	if (count < 2)
		return lk_fail(error, LK_RANGE,
				"%s: holds no token to predict; use a longer text",
				name);
	if (count - 1 < context)
		return lk_fail(error, LK_RANGE,
				"%s: has %zu tokens, too few for one window of "
				"--context %zu; use a longer text or --context %zu "
				"at most",
				name, count, context, count - 1);
	windows = (count - 1) / context;
	*batches = (lk_batches){ tokens, context, windows > 1 ? windows - 1 : 1, seed };
	return LK_OK;
}

size_t lk_batches_start(const lk_batches *batches, uint64_t g)
{
	uint64_t epoch = g / batches->windows, index = g % batches->windows;
	uint64_t targets = lk_tokens_count(batches->tokens) - 1;
	/* Offsets that fit: all below the context, save in a stream so short that
	 * no window could be given up. */
	uint64_t offsets = targets - batches->windows * batches->context + 1;

	if (offsets > batches->context)
		offsets = batches->context;
	uint64_t offset = lk_rng_below(
			lk_rng_new(batches->seed, LK_RNG_OFFSET), epoch, 0, offsets);
	uint64_t window = lk_rng_permute(lk_rng_new(batches->seed, LK_RNG_SHUFFLE),
			index, batches->windows, epoch);
	return (size_t)(offset + window * batches->context);
}

void lk_batches_fill(const lk_batches *batches, uint64_t g, size_t count,
		uint32_t *input, uint32_t *target)
{
	size_t context = batches->context;

	for (size_t row = 0; row < count; row++) {
		uint32_t *in = input + row * context, *out = target + row * context;
		size_t start = lk_batches_start(batches, g + row);

		lk_tokens_read(batches->tokens, start, context, in);
		memcpy(out, in + 1, (context - 1) * sizeof *out);
		lk_tokens_read(batches->tokens, start + context, 1, out + context - 1);
	}
}
