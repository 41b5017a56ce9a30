#include "compress/symbols.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* A share of fewer units would be off by more than a part in so many. */
static const uint64_t least_share = UINT64_C(1) << 12;

lk_status lk_symbols_new(lk_symbols *symbols, size_t count, lk_error *error)
{
	assert(count);
	*symbols = (lk_symbols){ .p = malloc(count * sizeof *symbols->p),
		.first = malloc((count + 1) * sizeof *symbols->first),
		.tail = malloc(count * sizeof *symbols->tail),
		.count = count };
	if (symbols->p && symbols->first && symbols->tail)
		return LK_OK;
	lk_symbols_free(symbols);
	return lk_fail(error, LK_NOMEM, "out of memory for %zu probabilities", count);
}

void lk_symbols_free(lk_symbols *symbols)
{
	free(symbols->p);
	free(symbols->first);
	free(symbols->tail);
	*symbols = (lk_symbols){ 0 };
}

/* The share of p in a whole of `sum`; what is left over for the tail is at least
 * one unit. */
static uint64_t share_of(double p, double sum)
{
	uint64_t share = (uint64_t)(p / sum * (double)(LK_RANGE_TOTAL - 1));

	return share < least_share ? 0 : share;
}

void lk_symbols_prepare(lk_symbols *symbols)
{
	uint64_t next = 0;
	double sum = 0;

	for (size_t v = 0; v < symbols->count; v++)
		sum += symbols->p[v];
	for (size_t v = 0; v < symbols->count; v++) {
		symbols->first[v] = next;
		next += share_of(symbols->p[v], sum);
	}
	symbols->first[symbols->count] = next;
}

/* The tail of one level: the symbols that have no share in it. */
typedef struct {
	uint32_t *symbol;
	size_t count;
	double sum;     /* of their p */
	double whole;   /* of the p of the level's symbols */
	uint64_t first; /* of the tail's share */
} level;

static level first_level(lk_symbols *symbols)
{
	level l = { .symbol = symbols->tail, .first = symbols->first[symbols->count] };

	for (size_t v = 0; v < symbols->count; v++) {
		double p = symbols->p[v];

		l.whole += p;
		if (symbols->first[v] == symbols->first[v + 1] && p > 0) {
			l.symbol[l.count++] = (uint32_t)v;
			l.sum += p;
		}
	}
	return l;
}

/* The next level has the symbols of this one's tail; those that have a share in it
 * leave the list, `found` being told of each. */
typedef void share_function(
		void *context, uint32_t symbol, uint64_t first, uint64_t count);

static level next_level(const level *last, const double *p, share_function *found,
		void *context)
{
	level l = { .symbol = last->symbol, .whole = last->sum };

	for (size_t i = 0; i < last->count; i++) {
		uint32_t v = last->symbol[i];
		uint64_t share = share_of(p[v], last->sum);

		if (share) {
			found(context, v, l.first, share);
			l.first += share;
		} else {
			l.symbol[l.count++] = v;
			l.sum += p[v];
		}
	}
	return l;
}

/* How much of its share the tail is worth, at most 1: coded as an event of this
 * probability, in steps where it is below one unit. */
static double tail_worth(const level *l)
{
	double share = (double)(LK_RANGE_TOTAL - l->first);

	return fmin(1, l->sum / l->whole * (double)LK_RANGE_TOTAL / share);
}

static uint64_t narrow(double *worth)
{
	double units = *worth * (double)LK_RANGE_TOTAL;

	*worth = units;
	return units >= 1 ? (uint64_t)units : 1;
}

static void encode_tail(const level *l, lk_range_encoder *encoder)
{
	double worth = tail_worth(l);

	lk_range_encode(encoder, l->first, LK_RANGE_TOTAL - l->first);
	while (worth > 0 && worth < 1)
		lk_range_encode(encoder, 0, narrow(&worth));
}

/* What next_level finds, for the one who encodes. */
typedef struct {
	uint32_t wanted;
	uint64_t first, count; /* count 0: not found */
} wanted_share;

static void look_for(void *context, uint32_t symbol, uint64_t first, uint64_t count)
{
	wanted_share *w = context;

	if (symbol == w->wanted) {
		w->first = first;
		w->count = count;
	}
}

void lk_symbols_encode(lk_symbols *symbols, lk_range_encoder *encoder, uint32_t symbol)
{
	uint64_t first = symbols->first[symbol];
	wanted_share w = { .wanted = symbol };

	assert(symbol < symbols->count && symbols->p[symbol] > 0);
	if (symbols->first[symbol + 1] > first) {
		lk_range_encode(encoder, first, symbols->first[symbol + 1] - first);
		return;
	}
	level l = first_level(symbols);
	while (!w.count) {
		encode_tail(&l, encoder);
		l = next_level(&l, symbols->p, look_for, &w);
	}
	lk_range_encode(encoder, w.first, w.count);
}

static lk_status damaged(lk_error *error)
{
	return lk_fail(error, LK_FORMAT, "the compressed text is damaged");
}

/* false: the data do not say what an encoder says here. */
static bool decode_tail(const level *l, lk_range_decoder *decoder)
{
	double worth = tail_worth(l);

	lk_range_decode(decoder, l->first, LK_RANGE_TOTAL - l->first);
	while (worth > 0 && worth < 1) {
		uint64_t count = narrow(&worth);

		if (lk_range_peek(decoder) >= count)
			return false;
		lk_range_decode(decoder, 0, count);
	}
	return true;
}

/* What next_level finds, for the one who decodes. */
typedef struct {
	uint64_t unit; /* where the number lies */
	uint32_t symbol;
	uint64_t first, count; /* count 0: it lies in the tail */
} unit_owner;

static void look_at(void *context, uint32_t symbol, uint64_t first, uint64_t count)
{
	unit_owner *o = context;

	if (o->unit >= first && o->unit - first < count)
		*o = (unit_owner){ o->unit, symbol, first, count };
}

/* The last symbol whose share begins at or before the unit; one without a share
 * begins where the next one does. */
static uint32_t owner_of(const lk_symbols *symbols, uint64_t unit)
{
	size_t low = 0, high = symbols->count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (symbols->first[middle] <= unit)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static lk_status decode_in_tail(uint32_t *symbol, lk_symbols *symbols,
		lk_range_decoder *decoder, lk_error *error)
{
	level l = first_level(symbols);
	unit_owner o = { 0 };

	while (!o.count) {
		if (!l.count || !decode_tail(&l, decoder))
			return damaged(error);
		o.unit = lk_range_peek(decoder);
		if (o.unit >= LK_RANGE_TOTAL)
			return damaged(error);
		l = next_level(&l, symbols->p, look_at, &o);
	}
	lk_range_decode(decoder, o.first, o.count);
	*symbol = o.symbol;
	return LK_OK;
}

lk_status lk_symbols_decode(uint32_t *symbol, lk_symbols *symbols,
		lk_range_decoder *decoder, lk_error *error)
{
	uint64_t unit = lk_range_peek(decoder);

	if (unit >= LK_RANGE_TOTAL || lk_range_decoder_starved(decoder))
		return damaged(error);
	if (unit >= symbols->first[symbols->count])
		return decode_in_tail(symbol, symbols, decoder, error);
	*symbol = owner_of(symbols, unit);
	lk_range_decode(decoder, symbols->first[*symbol],
			symbols->first[*symbol + 1] - symbols->first[*symbol]);
	return LK_OK;
}
