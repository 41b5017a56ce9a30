#include "evaluate/shared.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	WINDOW = 32, /* and step; LK_SHARED_LEAST is two of them */
	ALIKE_MOST = 256,
};
static const uint64_t BASE = 0x9E3779B97F4A7C15u; /* of the polynomial; odd */
static const uint32_t NONE = UINT32_MAX;

/* The polynomial hash of the last `length` bytes, rolling. */
typedef struct {
	size_t length;
	uint64_t top; /* BASE^(length - 1) */
	uint64_t value;
} rolling;

struct lk_shared {
	const unsigned char *text;
	size_t nbytes, n;
	bool *covered;
	/* windows: by hash, then those alike in a list */
	size_t windows, window_slots; /* slots: a power of two */
	uint32_t *window_slot;        /* the first window of a hash, or NONE */
	uint32_t *next;               /* [windows] */
	uint64_t *window_hash;        /* [windows] */
	/* runs of n bytes: 0 marks an empty slot */
	size_t run_slots;
	uint64_t *run;
	bool *run_seen;
};

static rolling roll_new(size_t length)
{
	rolling r = { length, 1, 0 };

	for (size_t i = 1; i < length; i++)
		r.top *= BASE;
	return r;
}

static void roll(rolling *r, const unsigned char *text, size_t i)
{
	if (i >= r->length)
		r->value -= r->top * (text[i - r->length] + 1u);
	r->value = r->value * BASE + text[i] + 1u;
}

/* Spread over the table: the low bits of a polynomial are poor. */
static size_t slot_of(uint64_t hash, size_t slots)
{
	hash ^= hash >> 32;
	hash *= 0xD6E8FEB86659FD93u;
	hash ^= hash >> 32;
	return hash & (slots - 1);
}

static size_t slots_for(size_t entries)
{
	size_t slots = 16;

	while (slots < 2 * entries)
		slots *= 2;
	return slots;
}

/* The slot of this hash, or the empty one where it would go. */
static size_t find_window(const lk_shared *s, uint64_t hash)
{
	size_t slot = slot_of(hash, s->window_slots);

	while (s->window_slot[slot] != NONE &&
			s->window_hash[s->window_slot[slot]] != hash)
		slot = (slot + 1) & (s->window_slots - 1);
	return slot;
}

static size_t find_run(const lk_shared *s, uint64_t hash)
{
	size_t slot = slot_of(hash, s->run_slots);

	while (s->run[slot] && s->run[slot] != hash)
		slot = (slot + 1) & (s->run_slots - 1);
	return slot;
}

/* 0 stands for an empty slot. */
static uint64_t run_key(const rolling *r)
{
	return r->value ? r->value : 1;
}

static void index_windows(lk_shared *s)
{
	memset(s->window_slot, 0xFF, s->window_slots * sizeof *s->window_slot);
	for (size_t w = s->windows; w-- > 0;) {
		rolling r = roll_new(WINDOW);

		for (size_t i = 0; i < WINDOW; i++)
			roll(&r, s->text + w * WINDOW, i);
		s->window_hash[w] = r.value;
		size_t slot = find_window(s, r.value);
		s->next[w] = s->window_slot[slot];
		s->window_slot[slot] = (uint32_t)w;
	}
}

static void index_runs(lk_shared *s)
{
	rolling r = roll_new(s->n);

	for (size_t i = 0; i < s->nbytes; i++) {
		roll(&r, s->text, i);
		if (i + 1 >= s->n)
			s->run[find_run(s, run_key(&r))] = run_key(&r);
	}
}

lk_status lk_shared_new(lk_shared **shared, const unsigned char *text, size_t nbytes,
		size_t n, lk_error *error)
{
	lk_shared *s = calloc(1, sizeof *s);
	size_t windows = nbytes / WINDOW;

	assert(n && n <= LK_SHARED_LEAST);
	if (windows >= NONE) {
		free(s);
		return lk_fail(error, LK_UNSUPPORTED,
				"a text of %zu bytes is too long to be searched for "
				"training text",
				nbytes);
	}
	if (s) {
		*s = (lk_shared){ .text = text,
			.nbytes = nbytes,
			.n = n,
			.windows = windows,
			.window_slots = slots_for(windows),
			.run_slots = slots_for(nbytes) };
		s->covered = calloc(nbytes + 1, sizeof *s->covered);
		s->window_slot = malloc(s->window_slots * sizeof *s->window_slot);
		s->next = malloc((windows + 1) * sizeof *s->next);
		s->window_hash = malloc((windows + 1) * sizeof *s->window_hash);
		s->run = calloc(s->run_slots, sizeof *s->run);
		s->run_seen = calloc(s->run_slots, sizeof *s->run_seen);
	}
	if (!s || !s->covered || !s->window_slot || !s->next || !s->window_hash ||
			!s->run || !s->run_seen) {
		lk_shared_free(s);
		return lk_fail(error, LK_NOMEM,
				"out of memory to look for training text in %zu bytes",
				nbytes);
	}
	index_windows(s);
	index_runs(s);
	*shared = s;
	return LK_OK;
}

void lk_shared_free(lk_shared *shared)
{
	if (!shared)
		return;
	free(shared->covered);
	free(shared->window_slot);
	free(shared->next);
	free(shared->window_hash);
	free(shared->run);
	free(shared->run_seen);
	free(shared);
}

/* The windows at text[at] and training[t] may be equal: how far does it go? */
static void extend(lk_shared *s, size_t at, const unsigned char *training,
		size_t nbytes, size_t t)
{
	size_t before = 0, after = 0;

	if (s->covered[at] && s->covered[at + WINDOW - 1])
		return;
	while (at + after < s->nbytes && t + after < nbytes &&
			s->text[at + after] == training[t + after])
		after++;
	if (after < WINDOW)
		return; /* the hash was another's */
	while (before < at && before < t &&
			s->text[at - before - 1] == training[t - before - 1])
		before++;
	if (before + after >= LK_SHARED_LEAST)
		memset(s->covered + at - before, true, before + after);
}

void lk_shared_look(lk_shared *s, const unsigned char *training, size_t nbytes)
{
	rolling window = roll_new(WINDOW), run = roll_new(s->n);

	for (size_t i = 0; i < nbytes; i++) {
		roll(&window, training, i);
		roll(&run, training, i);
		if (i + 1 >= s->n) {
			size_t slot = find_run(s, run_key(&run));

			s->run_seen[slot] |= s->run[slot] != 0;
		}
		if (i + 1 < WINDOW)
			continue;
		uint32_t w = s->window_slot[find_window(s, window.value)];
		for (size_t alike = 0; w != NONE && alike < ALIKE_MOST; alike++) {
			extend(s, (size_t)w * WINDOW, training, nbytes, i + 1 - WINDOW);
			w = s->next[w];
		}
	}
}

void lk_shared_uncover(lk_shared *shared)
{
	memset(shared->covered, 0, shared->nbytes * sizeof *shared->covered);
}

const bool *lk_shared_covered(const lk_shared *shared)
{
	return shared->covered;
}

void lk_shared_seen(const lk_shared *s, bool *seen)
{
	rolling r = roll_new(s->n);

	memset(seen, 0, s->nbytes * sizeof *seen);
	for (size_t i = 0; i + 1 < s->nbytes; i++) {
		roll(&r, s->text, i);
		if (i + 1 >= s->n)
			seen[i + 1] = s->run_seen[find_run(s, run_key(&r))];
	}
}

lk_shared_summary lk_shared_summarise(const bool *covered, size_t nbytes)
{
	lk_shared_summary sum = { 0 };
	size_t length = 0;

	for (size_t i = 0; i < nbytes; i++) {
		length = covered[i] ? length + 1 : 0;
		sum.covered += covered[i];
		if (length > sum.longest) {
			sum.longest = length;
			sum.start = i + 1 - length;
		}
	}
	return sum;
}
