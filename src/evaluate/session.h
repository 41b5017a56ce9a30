/* evaluate/session.h
 * Texts read side by side by a Transformer: predictor.h has the interface.
 *
 * The decoder holds up to `context` tokens of each stream. When it is full, it
 * begins anew with the newest context - stride of them, read again at once, so
 * that every token is predicted from at least so many before it, or from all of
 * its document: token for token what lk_predictor_new_transformer's windows see.
 *
 * The streams of one decoder hold equally many tokens: a document's end must be
 * read by all of them at once. */
#ifndef LK_EVALUATE_SESSION_H
#define LK_EVALUATE_SESSION_H

#include "evaluate/predictor.h"

/* The model must outlive it and must not be trained meanwhile. end: id of the end of
 * text, which every stream reads first. */
lk_status lk_session_new_transformer(lk_session **session, lk_model *model,
		uint32_t end, size_t streams, size_t stride, int threads,
		lk_error *error);

#endif
