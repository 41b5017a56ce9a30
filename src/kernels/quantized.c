#include "kernels/quantized.h"

#include "base/size.h"
#include "kernels/vector.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif
/* What the widest vector is, where it is one of floats. */
#if defined(__AVX512F__) && !defined(LK_DOUBLE)
#define LK_AVX512_
#elif defined(__AVX2__) && !defined(LK_DOUBLE)
#define LK_AVX2_
#endif

enum { BLOCK = LK_QUANTIZED_BLOCK, PANEL = LK_QUANTIZED_PANEL, GROUPS = BLOCK / 4,
	VECTORS = PANEL / LK_LANES, PANEL_NBYTES = BLOCK * PANEL };
/* Rows whose sums are in registers at once. */
#if defined(LK_AVX512_)
enum { ROWS = 8 };
#else
enum { ROWS = 2 };
#endif
/* Rows that a task rounds once for all its columns, so many channels at a time;
 * AHEAD: how far before their use weights are asked for, in bytes. */
enum { TILE_ROWS = 32, DEPTH = 2048, AHEAD = 4096 };

typedef int32_t integers __attribute__((vector_size(4 * LK_LANES)));
typedef uint16_t halves __attribute__((vector_size(2 * LK_LANES)));
typedef uint32_t words __attribute__((vector_size(4 * LK_LANES)));
typedef float floats __attribute__((vector_size(4 * LK_LANES)));

/* Rounded rows of x, or a part of their channels. */
typedef struct {
	const int8_t *level;  /* (rows, blocks, BLOCK) */
	const lk_real *scale; /* (rows, blocks) */
	const int32_t *sum;   /* (rows, blocks): of the levels */
	size_t blocks;
} activations;

static lk_real scale_of(uint16_t bits)
{
	uint32_t word = (uint32_t)bits << 16;
	float value;

	memcpy(&value, &word, sizeof value);
	return value;
}

LK_INLINE lk_vector scales(const uint16_t *from)
{
	halves bits;

	memcpy(&bits, from, sizeof bits);
	return __builtin_convertvector(
			(floats)(__builtin_convertvector(bits, words) << 16), lk_vector);
}

/* The nearest whole number within 127; of NaN, any. */
static inline int32_t nearest(lk_real x)
{
	x = x > -127 ? x : -127;
	x = x < 127 ? x : 127;
	return (int32_t)(x + (x < 0 ? (lk_real)-0.5 : (lk_real)0.5));
}

/* The greatest magnitude of n numbers; NaN where one is not finite. */
static inline lk_real greatest(const lk_real *x, size_t n)
{
	lk_real most = 0, check = 0;

	#pragma omp simd reduction(max : most) reduction(+ : check)
	for (size_t i = 0; i < n; i++) {
		lk_real magnitude = x[i] < 0 ? -x[i] : x[i];

		most = magnitude > most ? magnitude : most;
		check += x[i] * 0;
	}
	return most + check;
}

/* Products of whole numbers: of a vector of weights, 4 to a lane, with 4 levels. */
#if defined(LK_AVX2_)
#define WAY(name) name##_avx2
#define TARGET
#define OFFSET 0
typedef struct {
	__m256i magnitude, sign;
} prepared_avx2;

LK_INLINE prepared_avx2 prepare_avx2(const uint8_t *weight)
{
	__m256i w = _mm256_xor_si256(
			_mm256_loadu_si256((const __m256i *)(const void *)weight),
			_mm256_set1_epi8((char)-128));

	return (prepared_avx2){ _mm256_abs_epi8(w), w };
}

/* maddubs takes one side without a sign: |w| (sign(w) a). */
LK_INLINE integers dot_avx2(integers sum, prepared_avx2 w, const int8_t *level)
{
	int32_t four;

	memcpy(&four, level, sizeof four);
	__m256i a = _mm256_sign_epi8(_mm256_set1_epi32(four), w.sign);
	__m256i pairs = _mm256_maddubs_epi16(w.magnitude, a);

	return sum + (integers)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}
#include "kernels/quantized_rows.inc"
#else
#define WAY(name) name##_plain
#define TARGET
#define OFFSET 0
typedef int16_t shorts __attribute__((vector_size(4 * LK_LANES)));
typedef struct {
	shorts even, odd;
} prepared_plain;

/* Lanes hold 4 signed bytes each: every second one, as 16 bits, and the others. */
LK_INLINE prepared_plain split_plain(words four)
{
	shorts pairs = (shorts)four;

	return (prepared_plain){ (shorts)((shorts)(four << 8 & 0xFF00FF00u)) >> 8,
		pairs >> 8 };
}

LK_INLINE prepared_plain prepare_plain(const uint8_t *weight)
{
	words four;

	memcpy(&four, weight, sizeof four);
	return split_plain(four ^ 0x80808080u);
}

/* Two products of at most 127 x 127 fit 16 bits. */
LK_INLINE integers dot_plain(integers sum, prepared_plain w, const int8_t *level)
{
	uint32_t four;

	memcpy(&four, level, sizeof four);
	prepared_plain a = split_plain((words){ 0 } + four);
	integers pairs = (integers)(w.even * a.even + w.odd * a.odd);

	return sum + ((integers)((words)pairs << 16) >> 16) + (pairs >> 16);
}
#include "kernels/quantized_rows.inc"
#endif

#if defined(LK_AVX512_)
#define WAY(name) name##_vnni
#define TARGET    __attribute__((target("avx512vnni")))
#define OFFSET    128
typedef struct {
	__m512i bytes;
} prepared_vnni;

TARGET LK_INLINE prepared_vnni prepare_vnni(const uint8_t *weight)
{
	return (prepared_vnni){ _mm512_loadu_si512(weight) };
}

TARGET LK_INLINE integers dot_vnni(integers sum, prepared_vnni w, const int8_t *level)
{
	int32_t four;

	memcpy(&four, level, sizeof four);
	return (integers)_mm512_dpbusd_epi32(
			(__m512i)sum, w.bytes, _mm512_set1_epi32(four));
}
#include "kernels/quantized_rows.inc"
#endif

typedef void add_function(lk_real *sum, const uint8_t *weight, const uint16_t *scale,
		const activations *a, size_t rows);

static add_function *best_way(void)
{
#if defined(LK_AVX512_)
	return __builtin_cpu_supports("avx512vnni") ? add_vnni : add_plain;
#elif defined(LK_AVX2_)
	return add_avx2;
#else
	return add_plain;
#endif
}

static size_t panels_of(const lk_quantized *q)
{
	return lk_ceil_div(q->N, PANEL);
}

static size_t blocks_of(const lk_quantized *q)
{
	return lk_ceil_div(q->C, BLOCK);
}

void lk_quantized_bind(lk_quantized *q, lk_arena *arena, size_t N, size_t C)
{
	q->N = N;
	q->C = C;
	size_t count = panels_of(q) * blocks_of(q);

	q->weight = lk_arena_take(arena, count, PANEL_NBYTES);
	q->scale = lk_arena_take(arena, count, PANEL * sizeof *q->scale);
}

/* Where weight c of row r of a panel's block stands. */
static size_t place(size_t r, size_t c)
{
	return c / 4 * 4 * PANEL + r * 4 + c % 4;
}

/* The smallest number of 8 bits that is at least x >= 0. */
static uint16_t round_up(lk_real x)
{
	float value = (float)x;
	uint32_t word;

	if (isnan(x))
		return 0x7FC0;
	if ((lk_real)value < x)
		value = nextafterf(value, INFINITY);
	memcpy(&word, &value, sizeof word);
	return (uint16_t)((word + 0xFFFF) >> 16);
}

static void pack_block(uint8_t *to, uint16_t *scale, const lk_real *w, size_t r,
		size_t count)
{
	*scale = round_up(greatest(w, count) / 127);
	lk_real step = scale_of(*scale), inverse = step > 0 ? 1 / step : 0;

	for (size_t c = 0; c < BLOCK; c++)
		to[place(r, c)] = (uint8_t)(128 +
				(c < count ? nearest(w[c] * inverse) : 0));
}

void lk_quantized_pack(const lk_quantized *q, const lk_real *w)
{
	size_t blocks = blocks_of(q);

	#pragma omp for nowait
	for (size_t p = 0; p < panels_of(q); p++)
		for (size_t b = 0; b < blocks; b++) {
			uint8_t *to = q->weight + (p * blocks + b) * PANEL_NBYTES;
			uint16_t *scale = q->scale + (p * blocks + b) * PANEL;
			size_t count = lk_least(BLOCK, q->C - b * BLOCK);

			for (size_t r = 0; r < PANEL; r++) {
				size_t n = p * PANEL + r;
				bool there = n < q->N;

				pack_block(to, scale + r,
						w + (there ? n : 0) * q->C + b * BLOCK, r,
						there ? count : 0);
			}
		}
}

void lk_quantized_unpack(lk_real *w, const lk_quantized *q)
{
	size_t blocks = blocks_of(q);

	for (size_t n = 0; n < q->N; n++)
		for (size_t c = 0; c < q->C; c++) {
			size_t at = n / PANEL * blocks + c / BLOCK;
			int level = q->weight[at * PANEL_NBYTES +
					place(n % PANEL, c % BLOCK)];

			w[n * q->C + c] = (lk_real)(level - 128) *
					scale_of(q->scale[at * PANEL + n % PANEL]);
		}
}

/* Room for a task's rounded rows. */
typedef struct {
	int8_t level[TILE_ROWS * DEPTH] __attribute__((aligned(64)));
	lk_real scale[TILE_ROWS * DEPTH / BLOCK];
	int32_t sum[TILE_ROWS * DEPTH / BLOCK];
} rounded;

static void round_block(int8_t *restrict level, lk_real *restrict scale,
		int32_t *restrict sum, const lk_real *restrict x, size_t count)
{
	lk_real most = greatest(x, count), inverse = most > 0 ? 127 / most : 0;
	int32_t total = 0;

	#pragma omp simd reduction(+ : total)
	for (size_t c = 0; c < count; c++) {
		int32_t q = nearest(x[c] * inverse);

		level[c] = (int8_t)q;
		total += q;
	}
	for (size_t c = count; c < BLOCK; c++)
		level[c] = 0;
	*scale = most / 127;
	*sum = total;
}

/* Channels c .. c + count - 1 of some rows. */
static void round_rows(rounded *to, const lk_real *x, size_t rows, size_t ld, size_t c,
		size_t count)
{
	size_t blocks = lk_ceil_div(count, BLOCK);

	for (size_t r = 0; r < rows; r++)
		for (size_t b = 0; b < blocks; b++) {
			size_t at = r * blocks + b, left = count - b * BLOCK;
			const lk_real *from = x + r * ld + c + b * BLOCK;

			if (left >= BLOCK)
				round_block(to->level + at * BLOCK, to->scale + at,
						to->sum + at, from, BLOCK);
			else
				round_block(to->level + at * BLOCK, to->scale + at,
						to->sum + at, from, left);
		}
}

/* One product at hand. */
typedef struct {
	lk_real *y;
	const lk_real *x, *bias, *residual;
	const lk_quantized *q;
	size_t ld;
	add_function *add;
} product;

/* y of some rows and one panel += rounded channels from block `first` on. */
static void add_panel(const product *m, const rounded *x, size_t row, size_t rows,
		size_t panel, size_t first, size_t blocks)
{
	lk_real sum[ROWS * PANEL] __attribute__((aligned(64)));
	size_t all = blocks_of(m->q), n = panel * PANEL;
	size_t wide = lk_least(PANEL, m->q->N - n);
	bool last = first + blocks == all;
	const lk_real *from = first ? m->y : m->residual;

	for (size_t r = 0, count; r < rows; r += count) {
		activations a = { x->level + r * blocks * BLOCK, x->scale + r * blocks,
			x->sum + r * blocks, blocks };
		size_t at = (row + r) * m->ld + n;

		count = lk_least(ROWS, rows - r);
		memset(sum, 0, sizeof sum);
		for (size_t i = 0; from && i < count; i++)
			memcpy(sum + i * PANEL, from + at + i * m->ld,
					wide * sizeof *sum);
		m->add(sum, m->q->weight + (panel * all + first) * PANEL_NBYTES,
				m->q->scale + (panel * all + first) * PANEL, &a, count);
		for (size_t i = 0; i < count; i++)
			for (size_t j = 0; j < wide; j++)
				m->y[at + i * m->ld + j] = sum[i * PANEL + j] +
						(last && m->bias ? m->bias[n + j] : 0);
	}
}

/* Rows row .. row + rows - 1, panels first .. end - 1. */
static void multiply(const product *m, size_t row, size_t rows, size_t first, size_t end)
{
	rounded x;
	size_t all = blocks_of(m->q), C = m->q->C;
	size_t parts = lk_ceil_div(all, DEPTH / BLOCK), deep = lk_ceil_div(all, parts);

	for (size_t b = 0; b < all; b += deep) {
		size_t blocks = lk_least(deep, all - b), c = b * BLOCK;

		round_rows(&x, m->x + row * C, rows, C, c, lk_least(blocks * BLOCK, C - c));
		for (size_t panel = first; panel < end; panel++)
			add_panel(m, &x, row, rows, panel, b, blocks);
	}
}

void lk_quantized_forward(lk_real *y, const lk_real *x, const lk_quantized *q,
		const lk_real *bias, const lk_real *residual, size_t R, size_t ld_y)
{
	product m = { y, x, bias, residual, q, ld_y, best_way() };
	size_t threads = (size_t)omp_get_num_threads(), panels = panels_of(q);
	size_t row_tiles = lk_ceil_div(R, TILE_ROWS), rows = lk_ceil_div(R, row_tiles);
	size_t columns = row_tiles < 2 * threads ? threads : 1;

	assert(R && q->weight && ld_y >= q->N);
	#pragma omp for schedule(static)
	for (size_t task = 0; task < row_tiles * columns; task++) {
		size_t row = task / columns * rows, part = task % columns;

		if (row < R)
			multiply(&m, row, lk_least(rows, R - row), part * panels / columns,
					(part + 1) * panels / columns);
	}
}
