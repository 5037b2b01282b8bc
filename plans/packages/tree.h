/*
 * A version directory, laid out as its files stand on a Pycom device: VERSION/flash/... and
 * VERSION/sd/..., with firmware_VERSION.bin beside the directory.
 */
#pragma once

#include "plans/packages/add.h"

/*
 * The files of the directory `folder`, by their paths, and the firmware beside it, where there is
 * one, as the last; in the arena.  Nothing is opened but the directories.  What an editor leaves
 * behind (.DS_Store, pymakr.conf) is left out.  ERR_INPUT: a link, a special file, a name that no
 * package can hold, more than LIMIT_APP_FILES files, a directory without a file, something beside
 * flash and sd.  ERR_USAGE: no version.  ERR_NOT_FOUND, ERR_IO.
 */
enum err_code tree_read(struct session *session, const char *folder, const char *version,
	const struct package_file **ret, size_t *count, struct err *err) MUST_USE;

/* A directory that a package puts files into, and the older versions that do not have it. */
struct tree_folder {
	const char *folder;
	const char *versions; /* "1.0.0, 1.0.1" */
};

/*
 * Such directories of a package that was made of a tree, in the arena; of another package none.  A
 * Pycom device makes no directories: from one of these versions it cannot install this one.
 */
enum err_code tree_new_folders(struct session *session, const struct package_view *view,
	struct tree_folder **ret, size_t *count, struct err *err) MUST_USE;
