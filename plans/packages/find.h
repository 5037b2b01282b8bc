/* Packages by what names them on the command line, and how they are named in words. */
#pragma once

#include "db/package.h"
#include "db/product.h"
#include "plans/base/session.h"

/* Which packages a command means: PRODUCT/COMPONENT VERSION [--delta-from SOURCE]. */
struct package_name {
	const char *product_component; /* "aroma/STM32" */
	const char *version;
	const char *source; /* --delta-from or --minimal-from; NULL: the full one, or all */
	bool minimal;
};

/* A package with everything that names it. */
struct package_view {
	struct product product;
	struct component component;
	struct version version;
	struct package package;
};

/*
 * The packages a name means, in the arena; ERR_NOT_FOUND when there is none.  With a source: that
 * delta or minimal one; without: the full one when `single`, else all of the version.
 */
enum err_code package_find(struct session *session, const struct package_name *name, bool single,
	struct package_view **ret, size_t *count, struct err *err) MUST_USE;

/* All packages of a product (NULL: of all), in the arena. */
enum err_code package_list(struct session *session, const char *product, struct package_view **ret,
	size_t *count, struct err *err) MUST_USE;

/* Product and component of "aroma/STM32". */
enum err_code package_component(struct session *session, const char *product_component,
	struct package_view *ret, struct err *err) MUST_USE;

/* What kind of package a name means: full without a source, else minimal or delta. */
enum package_kind package_kind_of(const struct package_name *name);

/* "aroma/STM32 1_0_1 from 1_0_0", in the arena. */
const char *package_title(struct session *session, const struct package_view *view);
