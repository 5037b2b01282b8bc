#include "plans/packages/find.h"

#include "core/str.h"

const char *
package_title(struct session *session, const struct package_view *view)
{
	const struct package *p = &view->package;

	return arena_printf(&session->arena, "%s/%s %s%s%s", view->product.name,
		view->component.identity, view->version.name, p->kind == KIND_FULL ? "" : " from ",
		p->source);
}

enum err_code
package_component(struct session *session, const char *product_component, struct package_view *ret,
	struct err *err)
{
	const char *slash = strchr(product_component, '/');

	if (!slash) {
		err_set(err, ERR_USAGE, "cannot tell which component '%s' is",
			QUOTE(product_component));
		return err_fix(err, "write PRODUCT/COMPONENT, such as aroma/STM32");
	}
	if (db_product_get(session->db,
		    arena_copy_n(&session->arena, product_component,
			    (size_t)(slash - product_component)),
		    &ret->product, err))
		return err->code;
	return db_component_get(session->db, &ret->product, slash + 1, &ret->component, err);
}

enum package_kind
package_kind_of(const struct package_name *name)
{
	return !name->source ? KIND_FULL : name->minimal ? KIND_MINIMAL : KIND_DELTA;
}

static bool
meant(const struct package_name *name, bool single, const struct package *p)
{
	if (!name->source)
		return !single || p->kind == KIND_FULL;
	return p->kind == package_kind_of(name) && !strcmp(p->source, name->source);
}

enum err_code
package_find(struct session *session, const struct package_name *name, bool single,
	struct package_view **ret, size_t *count, struct err *err)
{
	struct package_view base = { 0 }, *list = NULL;
	struct package *packages = NULL;
	bool found = false;
	size_t some = 0, n = 0;

	if (package_component(session, name->product_component, &base, err) ||
		db_version_find(session->db, base.component.id, name->version, &base.version,
			&found, err) ||
		(found && db_package_of_version(session->db, &session->arena, base.version.id,
				  &packages, &some, err)))
		return err->code;
	for (size_t i = 0; i < some; i++)
		if (meant(name, single, &packages[i])) {
			list = arena_room(&session->arena, list, n, sizeof *list);
			list[n] = base;
			list[n++].package = packages[i];
		}
	if (!n) {
		err_set(err, ERR_NOT_FOUND, "there is no %s package %s %s",
			kind_words[package_kind_of(name)], QUOTE(name->product_component),
			QUOTE(name->version));
		return err_fix(err, "otactl package list shows all");
	}
	*ret = list;
	*count = n;
	return ERR_OK;
}

static enum err_code
view_fill(struct session *session, struct package_view *view, struct err *err)
{
	if (db_component_by_id(session->db, view->package.component, &view->component, err))
		return err->code;
	return db_version_by_id(session->db, view->package.version, &view->version, err);
}

enum err_code
package_list(struct session *session, const char *product, struct package_view **ret, size_t *count,
	struct err *err)
{
	struct package_view *list = NULL;
	struct product *products;
	size_t product_count, n = 0;

	if (db_product_all(session->db, &session->arena, product, &products, &product_count, err))
		return err->code;
	for (size_t p = 0; p < product_count; p++) {
		struct package *packages;
		size_t some;

		if (db_package_of_product(
			    session->db, &session->arena, products[p].id, &packages, &some, err))
			return err->code;
		for (size_t i = 0; i < some; i++, n++) {
			list = arena_room(&session->arena, list, n, sizeof *list);
			list[n].product = products[p];
			list[n].package = packages[i];
			if (view_fill(session, &list[n], err))
				return err->code;
		}
	}
	*ret = list;
	*count = n;
	return ERR_OK;
}
