/* A package made: files into the store, image headers read, manifest made or taken. */
#pragma once

#include "plans/packages/find.h"

struct signer; /* plans/packages/sign.h */

struct package_file {
	const char *path;  /* where it is */
	const char *place; /* slot, or destination of an app file; NULL: none */
	bool firmware;	   /* of an app package: no file for a place, but the device's firmware */
};

struct package_new {
	struct package_name name;
	const struct package_file *files;
	size_t file_count;
	bool tree; /* they are those of tree_read() (tree.h) */
	const char *const *deletes;
	size_t delete_count;
	const char *hw; /* names with one blank between them, or NULL */
	const char *remark;
	const char *const *requirements;
	size_t requirement_count;
	int64_t counter, floor; /* 0: the next one; -1: none given */
	int64_t expires_at;
	const char *files_of; /* instead of files: those of this version of the component */
	const char *manifest; /* made and signed elsewhere; NULL: it is made here */
	size_t manifest_length;
	const char *const *signatures; /* .minisig texts of manifest or files */
	size_t signature_count;
	const struct signer *signer; /* signs manifest and files; NULL: nobody does now */
	bool force; /* take images that contradict the declaration; needs a reason */
};

/*
 * Add a draft package, in add.c: files into the store, image headers read, manifest made or taken.
 * *ret is what was added.  ERR_INPUT: a file, header or manifest does not fit, ERR_UNTRUSTED: a
 * signature.
 */
enum err_code package_create(struct session *session, const struct package_new *given,
	struct package_view *ret, struct err *err) MUST_USE;
