#include "plans/packages/tree.h"

#include "core/str.h"
#include "plans/base/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What may stand in a version directory: the two file systems of the device. */
static const char *const roots[] = { "flash", "sd" };

/* What editors and desktops leave behind, and no device is to get. */
static const char *const left_out[] = { ".DS_Store", "pymakr.conf" };

struct walk {
	struct session *session;
	const char *folder; /* the version directory */
	struct package_file *files;
	size_t count;
};

/* One thing in a directory that is being walked. */
struct entry {
	int folder;	   /* that directory, open */
	const char *name;  /* within it */
	const char *place; /* from the version directory; "" that itself */
};

static bool
among(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

static enum err_code
refuse(const struct walk *w, enum err_code code, const char *why, struct err *err)
{
	err_set(err, code, "cannot take the tree %s", QUOTE(w->folder));
	return err_why(err, "%s", why);
}

static enum err_code
refuse_entry(const struct walk *w, const char *place, const char *why, struct err *err)
{
	return refuse(
		w, ERR_INPUT, arena_printf(&w->session->arena, "'%s' %s", QUOTE(place), why), err);
}

static void
folder_close(DIR **list)
{
	if (*list)
		closedir(*list);
}

static enum err_code
file_take(struct walk *w, const char *place, struct err *err)
{
	struct arena *arena = &w->session->arena;

	if (w->count == LIMIT_APP_FILES) {
		refuse(w, ERR_INPUT, "", err);
		return err_why(err, "it has more than %d files", LIMIT_APP_FILES);
	}
	w->files = arena_room(arena, w->files, w->count, sizeof *w->files);
	w->files[w->count++] =
		(struct package_file){ .path = arena_printf(arena, "%s/%s", w->folder, place),
			.place = place };
	return ERR_OK;
}

static enum err_code walk(struct walk *w, const struct entry *at, struct err *err);

static enum err_code
take(struct walk *w, const struct entry *entry, struct err *err)
{
	bool top = !strchr(entry->place, '/');
	struct stat st;

	if (word_check(WORD_PATH, "destination path", entry->place, ERR_INPUT, err))
		return err->code;
	if (fstatat(entry->folder, entry->name, &st, AT_SYMLINK_NOFOLLOW))
		return refuse(w, ERR_IO, strerror(errno), err);
	if (S_ISLNK(st.st_mode))
		return refuse_entry(w, entry->place, "is a symbolic link", err);
	if (top && (!S_ISDIR(st.st_mode) || !among(roots, COUNT(roots), entry->name))) {
		refuse_entry(w, entry->place, "has no place on the device", err);
		return err_fix(err, "a version directory holds flash and sd, and nothing else");
	}
	if (S_ISDIR(st.st_mode))
		return walk(w, entry, err);
	if (!S_ISREG(st.st_mode))
		return refuse_entry(w, entry->place, "is no regular file", err);
	return file_take(w, entry->place, err);
}

static enum err_code
take_all(struct walk *w, DIR *list, const char *place, struct err *err)
{
	struct arena *arena = &w->session->arena;
	const size_t before = w->count;
	const struct dirent *found;

	while (errno = 0, (found = readdir(list))) {
		struct entry entry = { dirfd(list), arena_copy(arena, found->d_name), NULL };

		if (!strcmp(entry.name, ".") || !strcmp(entry.name, "..") ||
			among(left_out, COUNT(left_out), entry.name))
			continue;
		entry.place = *place ? arena_printf(arena, "%s/%s", place, entry.name) : entry.name;
		if (take(w, &entry, err))
			return err->code;
	}
	if (errno)
		return refuse(w, ERR_IO, strerror(errno), err);
	if (w->count > before)
		return ERR_OK;
	return *place ? refuse_entry(w, place, "is a directory without a file", err)
		      : refuse(w, ERR_INPUT, "there is no file in it", err);
}

static enum err_code
walk(struct walk *w, const struct entry *at, struct err *err)
{
	/* Whoever names the directory itself may do so by a link. */
	const int follow = *at->place ? O_NOFOLLOW : 0;
	int fd = openat(at->folder, at->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow);
	CLEANUP(folder_close) DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (!list) {
		fd_close(&fd);
		return refuse(w, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, strerror(errno), err);
	}
	return take_all(w, list, at->place, err);
}

/* Directories have no order that two machines would agree on. */
static int
by_place(const void *left, const void *right)
{
	return strcmp(((const struct package_file *)left)->place,
		((const struct package_file *)right)->place);
}

static enum err_code
firmware_take(struct walk *w, const char *version, struct err *err)
{
	struct arena *arena = &w->session->arena;
	const char *path = arena_printf(arena, "%s/../firmware_%s.bin", w->folder, version);
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? ERR_OK : refuse(w, ERR_IO, strerror(errno), err);
	if (!S_ISREG(st.st_mode))
		return refuse_entry(w, file_base(path), "is no regular file", err);
	w->files = arena_room(arena, w->files, w->count, sizeof *w->files);
	w->files[w->count++] = (struct package_file){ .path = path, .firmware = true };
	return ERR_OK;
}

enum err_code
tree_read(struct session *session, const char *folder, const char *version,
	const struct package_file **ret, size_t *count, struct err *err)
{
	struct walk w = { .session = session, .folder = folder };
	struct entry top = { AT_FDCWD, folder, "" };

	if (word_check(WORD_VERSION, "version", version, ERR_USAGE, err) || walk(&w, &top, err))
		return err->code;
	assert(w.files);
	qsort(w.files, w.count, sizeof *w.files, by_place);
	if (firmware_take(&w, version, err))
		return err->code;
	*ret = w.files;
	*count = w.count;
	return ERR_OK;
}

/* --- directories that older versions lack ----------------------------------------------------- */

static bool
of_tree(const struct package_view *view)
{
	const struct package *p = &view->package;

	if (view->component.type != TYPE_APP || p->kind != KIND_FULL)
		return false;
	for (size_t i = 0; i < p->file_count; i++)
		if (*p->files[i].path && !str_starts(p->files[i].path, "flash/") &&
			!str_starts(p->files[i].path, "sd/"))
			return false;
	return true;
}

static bool
has_folder(const struct package *p, const char *folder)
{
	const size_t length = strlen(folder);

	for (size_t i = 0; i < p->file_count; i++)
		if (str_starts(p->files[i].path, folder) && p->files[i].path[length] == '/')
			return true;
	return false;
}

/* Packages that devices may run, of older versions; `versions` has all of the component. */
struct older {
	const struct package_view *view;
	const struct package *packages;
	const struct version *versions;
	size_t package_count, version_count;
};

/* The older version that a full package leads to, or NULL. */
static const struct version *
older_version(const struct older *o, const struct package *p)
{
	if (p->component != o->view->component.id || p->kind != KIND_FULL ||
		p->state == PACKAGE_DRAFT)
		return NULL;
	for (size_t i = 0; i < o->version_count; i++)
		if (o->versions[i].id == p->version)
			return o->versions[i].counter < o->view->version.counter ? &o->versions[i]
										 : NULL;
	return NULL;
}

/* The names of those that lack a folder; NULL: none does. */
static const char *
lacking(struct arena *arena, const struct older *o, const char *folder)
{
	struct buf buf = { .arena = arena };

	for (size_t i = 0; i < o->package_count; i++) {
		const struct version *version = older_version(o, &o->packages[i]);

		if (version && !has_folder(&o->packages[i], folder))
			buf_printf(&buf, "%s%s", buf.length ? ", " : "", version->name);
	}
	return buf.text;
}

enum err_code
tree_new_folders(struct session *session, const struct package_view *view, struct tree_folder **ret,
	size_t *count, struct err *err)
{
	struct arena *arena = &session->arena;
	const struct package *p = &view->package;
	struct older older = { .view = view };
	struct package *packages;
	struct version *versions;
	const char *before = "";

	*count = 0;
	*ret = arena_alloc(arena, p->file_count * sizeof **ret + 1);
	if (!of_tree(view))
		return ERR_OK;
	if (db_package_of_product(
		    session->db, arena, view->product.id, &packages, &older.package_count, err) ||
		db_version_all(session->db, arena, view->component.id, &versions,
			&older.version_count, err))
		return err->code;
	older.packages = packages;
	older.versions = versions;
	/* In the order of their paths, the files of one folder are not all beside each other. */
	for (size_t i = 0; i < p->file_count; i++) {
		struct tree_folder found = { file_folder(arena, p->files[i].path), NULL };
		bool known = !*p->files[i].path || !strcmp(found.folder, before);

		for (size_t k = 0; k < *count && !known; k++)
			known = !strcmp((*ret)[k].folder, found.folder);
		before = found.folder;
		if (!known && (found.versions = lacking(arena, &older, found.folder)))
			(*ret)[(*count)++] = found;
	}
	return ERR_OK;
}
