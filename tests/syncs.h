/*
 * Syncs to the disk, counted, and each as slow as is wanted: a VFS over SQLite's own, which becomes
 * the default one of the process.  For what must, or must not, wait for the disk.
 */
#pragma once

/* From now on every database that is opened counts its syncs; each takes `us` microseconds more. */
void syncs_watch(unsigned us);

/* How many there were since. */
long syncs_count(void);
