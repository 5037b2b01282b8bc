/*
 * Label selectors in Kubernetes' syntax: comma-separated requirements, all of which must hold:
 *   key  !key  key=value  key==value  key!=value  key in (a,b)  key notin (a,b)
 * As there, "!=" and "notin" also hold where the key is absent.  "attr.KEY" reads a device's
 * own attribute instead of an operator's label: the device chooses that value itself.
 */
#pragma once

#include "core/pairs.h"

struct selector;

/* Parse into the arena; the text may go afterwards.  ERR_INPUT says which part is malformed. */
enum err_code selector_parse(struct arena *arena, const char *text, const struct selector **ret,
	struct err *err) MUST_USE;

/*
 * True where every requirement holds of a device with these labels and attributes; a NULL selector
 * has none and matches every device.
 */
bool selector_matches(const struct selector *selector, const struct pairs *labels,
	const struct pairs *attributes);
