/*
 * The manifest: the small text document that is signed.  Printable ASCII, lines end in LF, at most
 * 64 KiB; header keys in this order, each at most once unless said otherwise:
 *
 *   otactl-manifest: 1     product:   component:   hw:      version:   kind:     (hw: B C, several)
 *   source:  (delta, minimal)         counter:     floor:   requires: (repeatable)
 *   created:               expires:   delete: (repeatable)
 *
 * then a block per file:
 *
 *   file: NAME             slot:      size:
 *   SHA256 (NAME) = hex    BLAKE2b-512 (NAME) = hex
 *
 * Unknown keys are refused unless they start with "x-".  The bytes are kept and served as they
 * were signed; nothing is ever written anew to verify.
 */
#pragma once

#include "core/model.h"

struct manifest {
	const char *product, *component, *hw, *version, *source;
	enum package_kind kind;
	int64_t counter, floor;
	int64_t created_at, expires_at; /* expires_at 0: never */
	const char *requirements[16], *deletes[LIMIT_APP_FILES];
	size_t requirement_count, delete_count;
	struct artifact
		*files; /* name (or path of app files), slot, size, sha256 and blake2b are set */
	size_t file_count;
};

/* True for the names of hardware: one or more, each a label value, with one blank between them. */
bool manifest_hw_is(const char *text);

/* All requirements as lines, in the arena. */
const char *manifest_requirements(struct arena *arena, const struct manifest *manifest);

/* The text, in the arena. */
char *manifest_format(struct arena *arena, const struct manifest *manifest);

/* Parse strictly; ERR_INPUT names the line.  Strings live in the arena. */
enum err_code manifest_parse(struct arena *arena, const char *text, size_t length,
	struct manifest *ret, struct err *err) MUST_USE;

/* What a file's block calls it: the destination path where there is one, else the name. */
const char *manifest_file_name(const struct artifact *file);
