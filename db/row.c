#include "db/row.h"

#include "core/model.h"
#include "core/str.h"

#include <assert.h>
#include <limits.h>

enum { TOLD_MAX = 100 }; /* findings of one table */

enum misfit {
	FITS,
	NO_VALUE,
	NO_INT,
	NO_TEXT,
	NO_BLOB,
	RANGE,
	TOO_LONG,
	ZERO_BYTE,
	NO_WORD,
	LENGTH
};

/* --- where the members stand, once per statement ---------------------------------------------- */

/* Columns mostly stand in the order of the members: look first where the last one was found. */
static int
column_find(struct stmt *stmt, const char *name, int guess)
{
	int count = db_column_count(stmt);

	for (int i = 0; i < count; i++) {
		int at = (guess + i) % count;

		if (!strcmp(db_column_name(stmt, at), name))
			return at;
	}
	return -1;
}

static const int16_t *
columns(struct stmt *stmt, const struct row *row)
{
	bool fresh;
	int16_t *at = db_places(stmt, row, row->count, &fresh);
	int guess = 0;

	for (size_t i = 0; fresh && i < row->count; i++) {
		guess = column_find(stmt, row->members[i].name, guess);
		assert(guess >= 0);
		at[i] = (int16_t)guess++;
	}
	return at;
}

static bool
given(const struct param *more, const char *name)
{
	for (; more && more->name; more++)
		if (!strcmp(more->name, name))
			return true;
	return false;
}

/* For each parameter the member that gives it, or -1. */
static const int16_t *
parameters(struct stmt *stmt, const struct row *row, const struct param *more)
{
	int count = db_param_count(stmt);
	bool fresh;
	int16_t *at = db_places(stmt, row, (size_t)count, &fresh);

	for (int i = 0; fresh && i < count; i++) {
		const char *name = db_param_name(stmt, i + 1);
		size_t m = 0;

		while (m < row->count && (row->members[m].kind == MEMBER_KIND_MAX ||
						 strcmp(row->members[m].name, name + 1) != 0))
			m++;
		assert(m < row->count || given(more, name));
		at[i] = m < row->count ? (int16_t)m : -1;
	}
	return at;
}

/*
 * --- one value ---------------------------------------------------------------------------------
 */

static enum misfit
number_take(const struct member *m, const struct db_value *value, void *to)
{
	int64_t number = value->number;
	int small = (int)number;
	bool truth = number;

	if (value->type != VALUE_INT)
		return NO_INT;
	switch (m->kind) {
	case MEMBER_INT64:
		memcpy(to, &number, sizeof number);
		return FITS;
	case MEMBER_BOOL:
		memcpy(to, &truth, sizeof truth);
		return number == truth ? FITS : RANGE;
	case MEMBER_CODE:
		if (number < 0 || number >= m->count)
			return RANGE;
		break;
	case MEMBER_INT:
	case MEMBER_FIELD:
	case MEMBER_TEXT:
	case MEMBER_BLOB:
	case MEMBER_WORD:
	case MEMBER_KIND_MAX:
		break;
	}
	memcpy(to, &small, sizeof small);
	return number == small ? FITS : RANGE;
}

static enum misfit
text_take(const struct member *m, const struct db_value *value, struct arena *arena, void *to)
{
	const char *text = value->data;

	if (value->type != VALUE_TEXT)
		return NO_TEXT;
	if (memchr(text, 0, value->size))
		return ZERO_BYTE;
	if (m->kind == MEMBER_FIELD) {
		if (value->size >= m->size)
			return TOO_LONG;
		memcpy(to, text, value->size + 1);
		return FITS;
	}
	if (m->kind == MEMBER_WORD) {
		int index = word_index(m->words, m->count, text);

		memcpy(to, &index, sizeof index);
		return index < 0 ? NO_WORD : FITS;
	}
	if (arena)
		text = value->size ? arena_copy_n(arena, text, value->size) : "";
	memcpy(to, &text, sizeof text);
	return FITS;
}

static enum misfit
value_take(const struct member *m, const struct db_value *value, struct arena *arena, void *base)
{
	void *to = (char *)base + m->offset;

	if (m->presence) {
		bool present = value->type != VALUE_NULL;

		memcpy((char *)base + m->presence - 1, &present, sizeof present);
		if (!present)
			return FITS;
	}
	if (value->type == VALUE_NULL)
		return NO_VALUE;
	switch (m->kind) {
	case MEMBER_INT64:
	case MEMBER_INT:
	case MEMBER_BOOL:
	case MEMBER_CODE:
		return number_take(m, value, to);
	case MEMBER_FIELD:
	case MEMBER_TEXT:
	case MEMBER_WORD:
		return text_take(m, value, arena, to);
	case MEMBER_BLOB:
		if (value->type != VALUE_BLOB)
			return NO_BLOB;
		if (value->size != m->size)
			return LENGTH;
		memcpy(to, value->data, m->size);
		return FITS;
	case MEMBER_KIND_MAX: /* a part of the key that is no member */
		break;
	}
	return FITS;
}

/*
 * --- what is wrong with it, for people ----------------------------------------------------------
 */

/* "plan = 7 AND position = 0" */
static void
where_text(struct stmt *stmt, const struct row *row, char *ret, size_t room)
{
	const int16_t *at = columns(stmt, row);
	size_t used = 0;

	snprintf(ret, room, "id = 1");
	for (int i = 0; i < row->keys && used < room; i++) {
		struct db_value value = db_column(stmt, at[i]);
		int length = snprintf(
			ret + used, room - used, "%s%s = ", i ? " AND " : "", row->members[i].name);

		used += (size_t)length;
		if (used >= room)
			break;
		length = value.type == VALUE_TEXT
				 ? snprintf(ret + used, room - used, "'%s'", QUOTE(value.data))
				 : snprintf(ret + used, room - used, "%lld",
					   (long long)value.number);
		used += (size_t)length;
	}
}

static void
misfit_text(enum misfit misfit, const struct member *m, const struct db_value *value, char *ret,
	size_t room)
{
	static const char *const texts[] = { [NO_VALUE] = "holds nothing",
		[NO_INT] = "holds no number",
		[NO_TEXT] = "holds no text",
		[NO_BLOB] = "holds no bytes",
		[ZERO_BYTE] = "holds a zero byte" };

	if (misfit == TOO_LONG)
		snprintf(ret, room, "column %s holds %zu bytes, at most %zu fit", m->name,
			value->size, m->size - 1);
	else if (misfit == LENGTH)
		snprintf(ret, room, "column %s holds %zu bytes, not %zu", m->name, value->size,
			m->size);
	else if (misfit == RANGE)
		snprintf(ret, room, "column %s holds %lld, which is out of range", m->name,
			(long long)value->number);
	else if (misfit == NO_WORD)
		snprintf(ret, room, "column %s holds '%s', which is no word that otactl knows",
			m->name, QUOTE(value->data));
	else
		snprintf(ret, room, "column %s %s", m->name, texts[misfit]);
}

/* So many characters of a text fit into `room` bytes, none of them cut in two. */
static size_t
characters_within(const char *text, size_t room)
{
	size_t end = room, ret = 0;

	while (end && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	for (size_t i = 0; i < end; i++)
		ret += ((unsigned char)text[i] & 0xc0) != 0x80;
	return ret;
}

static const char *
words_text(struct arena *arena, const struct member *m)
{
	struct buf buf = { .arena = arena };

	for (int i = 0; i < m->count; i++)
		buf_printf(&buf, "%s%s", i ? ", " : "", m->words[i]);
	return buf.text;
}

/* What would mend it: a statement, or what a person has to choose from. */
static const char *
remedy(struct arena *arena, const struct row *row, const struct member *m, enum misfit misfit,
	const struct db_value *value, const char *where)
{
	size_t keep = 0;

	if (misfit == NO_WORD)
		return arena_printf(arena, "set it to one of: %s", words_text(arena, m));
	if (misfit == RANGE && m->kind == MEMBER_BOOL)
		return arena_printf(
			arena, "UPDATE %s SET %s = 1 WHERE %s", row->table, m->name, where);
	if (misfit == TOO_LONG)
		keep = characters_within(value->data, m->size - 1);
	else if (misfit == ZERO_BYTE)
		keep = characters_within(value->data, strlen(value->data));
	else
		return "restore it from a backup, or remove the row";
	return arena_printf(arena, "UPDATE %s SET %s = substr(%s, 1, %zu) WHERE %s", row->table,
		m->name, m->name, keep, where);
}

/*
 * --- rows ---------------------------------------------------------------------------------------
 */

static enum err_code
refuse(struct stmt *stmt, const struct row *row, const struct member *m, enum misfit misfit,
	const struct db_value *value, struct err *err)
{
	char where[320], why[400];

	where_text(stmt, row, where, sizeof where);
	misfit_text(misfit, m, value, why, sizeof why);
	err_set(err, ERR_IO, "cannot read the row %s of the table %s", where, row->table);
	err_why(err, "%s (%s)", why, db_statement_name(stmt));
	return err_fix(err, "otactl db check names all such rows and what mends them");
}

enum err_code
db_row_read(
	struct stmt *stmt, const struct row *row, struct arena *arena, void *ret, struct err *err)
{
	const int16_t *at = columns(stmt, row);

	memset(ret, 0, row->size);
	for (size_t i = 0; i < row->count; i++) {
		const struct member *m = &row->members[i];
		struct db_value value = db_column(stmt, at[i]);
		enum misfit misfit;

		/* Most members of what a poll reads are plain numbers. */
		if (m->kind == MEMBER_INT64 && value.type == VALUE_INT && !m->presence) {
			memcpy((char *)ret + m->offset, &value.number, sizeof value.number);
			continue;
		}
		misfit = value_take(m, &value, arena, ret);
		if (misfit)
			return refuse(stmt, row, m, misfit, &value, err);
	}
	return ERR_OK;
}

static void
unread_add(struct row_unread *unread, struct arena *arena, const char *line)
{
	unread->list = arena_room(arena, unread->list, unread->count, sizeof *unread->list);
	unread->list[unread->count++] = line;
}

/* The findings of one row; so many are told as `left` allows. */
static size_t
examine(struct stmt *stmt, const struct row *row, void *scratch, struct arena *arena,
	struct row_unread *out, size_t left)
{
	const int16_t *at = columns(stmt, row);
	size_t ret = 0;

	for (size_t i = 0; i < row->count; i++) {
		const struct member *m = &row->members[i];
		struct db_value value = db_column(stmt, at[i]);
		enum misfit misfit = value_take(m, &value, NULL, scratch);
		char where[320], why[400];

		if (!misfit || ++ret > left)
			continue;
		where_text(stmt, row, where, sizeof where);
		misfit_text(misfit, m, &value, why, sizeof why);
		unread_add(out, arena,
			arena_printf(arena, "table %s, row %s: %s; %s", row->table, where, why,
				remedy(arena, row, m, misfit, &value, where)));
	}
	return ret;
}

enum err_code
db_row_examine(struct stmt *stmt, const struct row *row, struct arena *arena,
	struct row_unread *out, struct err *err)
{
	void *scratch = arena_alloc(arena, row->size);
	enum db_step step;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW)
		n += examine(stmt, row, scratch, arena, out, n < TOLD_MAX ? TOLD_MAX - n : 0);
	if (n > TOLD_MAX)
		unread_add(out, arena,
			arena_printf(
				arena, "table %s: %zu more like these", row->table, n - TOLD_MAX));
	return step == DB_DONE ? ERR_OK : err->code;
}

enum db_step
db_row_next(
	struct stmt *stmt, const struct row *row, struct arena *arena, void *ret, struct err *err)
{
	enum db_step step = db_step(stmt, err);

	if (step == DB_ROW && db_row_read(stmt, row, arena, ret, err)) {
		db_reset(stmt);
		return DB_FAILED;
	}
	return step;
}

enum err_code
db_row_get(struct stmt *stmt, const struct row *row, struct arena *arena, void *ret, bool *found,
	struct err *err)
{
	enum db_step step = db_row_next(stmt, row, arena, ret, err);

	if (step == DB_FAILED)
		return err->code;
	*found = step == DB_ROW;
	db_reset(stmt);
	return ERR_OK;
}

enum err_code
db_row_one(struct stmt *stmt, const struct row *row, struct arena *arena, void *ret,
	const char *missing, struct err *err)
{
	bool found = false;

	if (db_row_get(stmt, row, arena, ret, &found, err))
		return err->code;
	if (found)
		return ERR_OK;
	return err_set(err, ERR_NOT_FOUND, "%s", missing);
}

void
db_row_unread_add(struct row_unread *unread, struct arena *arena, const struct err *err)
{
	unread_add(unread, arena,
		arena_printf(arena, "%s%s%s", err->what, *err->why ? ": " : "", err->why));
}

enum err_code
db_row_list_readable(struct stmt *stmt, const struct row *row, struct arena *arena, void *ret,
	size_t *count, struct row_unread *unread, struct err *err)
{
	enum db_step step;
	char *list = NULL;
	size_t n = 0;

	while ((step = db_step(stmt, err)) == DB_ROW) {
		struct err why;

		list = arena_room(arena, list, n, row->size);
		if (!db_row_read(stmt, row, arena, list + n * row->size, unread ? &why : err)) {
			n++;
		} else if (unread) {
			db_row_unread_add(unread, arena, &why);
		} else {
			db_reset(stmt);
			return err->code;
		}
	}
	if (step == DB_FAILED)
		return err->code;
	memcpy(ret, &list, sizeof list);
	*count = n;
	return ERR_OK;
}

enum err_code
db_row_list(struct stmt *stmt, const struct row *row, struct arena *arena, void *ret, size_t *count,
	struct err *err)
{
	return db_row_list_readable(stmt, row, arena, ret, count, NULL, err);
}

static struct param
param_of(const struct member *m, const void *from)
{
	const char *text;

	if (!member_present(m, from))
		return (struct param){ .kind = PARAM_NULL };
	switch (m->kind) {
	case MEMBER_BLOB:
		return (struct param){
			.kind = PARAM_BLOB, .data = member_at(m, from), .size = m->size
		};
	case MEMBER_FIELD:
	case MEMBER_TEXT:
	case MEMBER_WORD:
		text = member_text(m, from);
		assert(text || m->kind == MEMBER_TEXT);
		return (struct param){ .kind = PARAM_TEXT, .data = text ? text : "" };
	case MEMBER_INT64:
	case MEMBER_INT:
	case MEMBER_BOOL:
	case MEMBER_CODE:
	case MEMBER_KIND_MAX:
		break;
	}
	return (struct param){ .kind = PARAM_INT, .number = member_int(m, from) };
}

enum err_code
db_row_write(struct db *db, enum sql id, const struct row *row, const void *from,
	const struct param *more, struct err *err)
{
	struct stmt *stmt = db_query(db, id, NULL);
	int count = db_param_count(stmt);
	/* Without parameters it could not be prepared: the step says why. */
	const int16_t *at = count ? parameters(stmt, row, more) : NULL;

	for (int i = 0; i < count; i++)
		if (at[i] >= 0) {
			struct param param = param_of(&row->members[at[i]], from);

			db_bind(stmt, i + 1, &param);
		}
	return db_run(db, id, more, err);
}
