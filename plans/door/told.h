/* What a device says of itself, in whatever dialect: its versions, attributes and metrics. */
#pragma once

#include "core/field.h"
#include "core/model.h"
#include "core/pairs.h"

struct told {
	struct arena *arena;	 /* of the pairs; set by who makes one */
	struct pairs components; /* identity=version; also such as the product lacks */
	struct pairs attributes;
	struct metrics metrics; /* the has_ bits say which; slot "" unknown */
};

/* The metrics as rows of a dialect's table, under the dialect's own names. */
#define TOLD_NUMBER(m, as, lowest, highest, sentence, how)                                         \
	{                                                                                          \
		.member = MEMBER_MAYBE(told, metrics.m, metrics.has_##m, as),                      \
		.parse = field_number, .low = (lowest), .high = (highest),                         \
		.complaint = as sentence, .flags = FIELD_PLAIN | (how)                             \
	}
#define TOLD_BATTERY(as)  TOLD_NUMBER(battery, as, 0, 100, " must be 0 to 100", 0) /* percent */
#define TOLD_CHARGING(as) TOLD_NUMBER(charging, as, 0, 1, " must be 0 or 1", FIELD_TRUTH)
#define TOLD_SIGNAL(as)	  TOLD_NUMBER(signal, as, -200, 200, " must be in dBm", 0)
#define TOLD_FREE(as)	  TOLD_NUMBER(free, as, 0, INT64_MAX, " must be a number of bytes", 0)
#define TOLD_SLOT(as)                                                                              \
	{                                                                                          \
		.member = MEMBER_AS(told, metrics.slot, as), .parse = field_text,                  \
		.word = WORD_NAME, .complaint = "the slot is malformed", .flags = FIELD_EMPTY      \
	}

/* An object of identity: version, and one of key: value, as rows. */
#define TOLD_COMPONENTS(as)                                                                        \
	{                                                                                          \
		.member = { .name = (as) }, .parse = told_components, .flags = FIELD_JSON          \
	}
#define TOLD_ATTRIBUTES(as)                                                                        \
	{                                                                                          \
		.member = { .name = (as) }, .parse = told_attributes, .flags = FIELD_JSON          \
	}

/*
 * The parser of the first: `base` is a struct told, `field` is not looked at.  ERR_INPUT where the
 * value is no object of texts, or one of them no version.
 */
enum err_code told_components(const struct field *field, const struct doc *doc,
	const struct doc_value *value, void *base, struct err *err);

/* The parser of the second, likewise. */
enum err_code told_attributes(const struct field *field, const struct doc *doc,
	const struct doc_value *value, void *base, struct err *err);

/*
 * One version of a component, without the blanks around it.  A name that no product could declare
 * is passed over, and so is what comes after LIMIT_PAIRS others; ERR_INPUT where the version is
 * none.
 */
enum err_code told_component(
	struct told *told, const char *identity, const char *version, struct err *err) MUST_USE;

/*
 * One attribute.  What comes after LIMIT_PAIRS others is passed over; ERR_INPUT where it is none.
 */
enum err_code told_attribute(
	struct told *told, const char *key, const char *value, struct err *err) MUST_USE;
