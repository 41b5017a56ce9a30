/* base/real.h
 * Kernels, optimisers and the model's arithmetic are compiled several times
 * from one source: for double (gradient checks) and for float at each
 * instruction set. lk_real is the number type of the build at hand, and
 * LK_VARIANT(name) the name that a function has in it, so that all builds
 * stand side by side in one program.
 *
 * The build system defines LK_SUFFIX (f64, f32_v2, f32_v3, f32_v4, f32) and,
 * for the double build, LK_DOUBLE. A header of such a function says
 *     #define lk_rmsnorm_forward LK_VARIANT(rmsnorm_forward)
 * once, and everybody writes lk_rmsnorm_forward. */
#ifndef LK_BASE_REAL_H
#define LK_BASE_REAL_H

#include "base/tensor.h"

#ifdef LK_DOUBLE
typedef double lk_real;
#define LK_REAL_DTYPE LK_F64
#else
typedef float lk_real;
#define LK_REAL_DTYPE LK_F32
#endif

#ifndef LK_SUFFIX
#define LK_SUFFIX f32
#endif

#define LK_PASTE_(name, suffix) lk_##name##_##suffix
#define LK_PASTE(name, suffix) LK_PASTE_(name, suffix)
#define LK_VARIANT(name) LK_PASTE(name, LK_SUFFIX)

#endif
