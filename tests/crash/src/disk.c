/* A disk that can be told to fail, under a program that does not know of it (LD_PRELOAD).
 *
 * Only files whose names end in .db, .db-wal or .db-journal are touched. GANH_DISK names a folder:
 *   full       exists: writes answer ENOSPC
 *   read-only  exists: opening for writing answers EROFS, and so do writes
 *   broken     exists: writes and syncs answer EIO
 *   synced/    exists: after each sync that succeeded, the file as it is now is kept there before the sync is answered.
 *              That is what a power cut leaves when nothing of the system's cache survives.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int ends_with(const char *text, const char *end) {
    size_t text_length = strlen(text), end_length = strlen(end);
    return text_length >= end_length && strcmp(text + text_length - end_length, end) == 0;
}

static int is_ours(const char *path) {
    return ends_with(path, ".db") || ends_with(path, ".db-wal") || ends_with(path, ".db-journal");
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

static int told(const char *name) {
    const char *folder = getenv("GANH_DISK");
    char path[PATH_MAX];
    if (!folder) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static int refusal(int fd) {
    char path[PATH_MAX];
    int kept = errno, why = 0;
    if (path_of(fd, path)) {
        if (told("full")) why = ENOSPC;
        else if (told("read-only")) why = EROFS;
        else if (told("broken")) why = EIO;
    }
    errno = kept;
    return why;
}

#define NEXT(type, name) static type next; if (!next) next = (type)dlsym(RTLD_NEXT, name)

#define WRITER(name, offset_type)                                                          \
    ssize_t name(int fd, const void *bytes, size_t count, offset_type offset) {            \
        typedef ssize_t (*type)(int, const void *, size_t, offset_type);                   \
        NEXT(type, #name);                                                                 \
        int why = refusal(fd);                                                             \
        if (why) { errno = why; return -1; }                                               \
        return next(fd, bytes, count, offset);                                             \
    }
WRITER(pwrite, off_t)
WRITER(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t count) {
    typedef ssize_t (*type)(int, const void *, size_t);
    NEXT(type, "write");
    int why = refusal(fd);
    if (why) { errno = why; return -1; }
    return next(fd, bytes, count);
}

static void keep(const char *path) {
    const char *folder = getenv("GANH_DISK");
    char lock[PATH_MAX], kept[PATH_MAX], half[PATH_MAX + 8];
    static __thread char block[1 << 16];
    snprintf(lock, sizeof lock, "%s/lock", folder);
    snprintf(kept, sizeof kept, "%s/synced/%s", folder, strrchr(path, '/') + 1);
    snprintf(half, sizeof half, "%s.half", kept);
    int guard = open(lock, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (guard < 0) abort();
    while (flock(guard, LOCK_EX) != 0) if (errno != EINTR) abort();
    int from = open(path, O_RDONLY | O_CLOEXEC), to = open(half, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (from >= 0 && to >= 0) {
        ssize_t got;
        while ((got = read(from, block, sizeof block)) > 0)
            if (write(to, block, (size_t)got) != got) abort();
        if (got < 0 || rename(half, kept) != 0) abort();
    }
    if (from >= 0) close(from);
    if (to >= 0) close(to);
    close(guard);
}

#define SYNC(name)                                                                         \
    int name(int fd) {                                                                     \
        typedef int (*type)(int);                                                          \
        NEXT(type, #name);                                                                 \
        char path[PATH_MAX];                                                               \
        if (!path_of(fd, path)) return next(fd);                                           \
        if (told("broken")) { errno = EIO; return -1; }                                    \
        int answer = next(fd);                                                             \
        if (answer == 0 && told("synced")) keep(path);                                     \
        return answer;                                                                     \
    }
SYNC(fsync)
SYNC(fdatasync)

#define OPENER(name)                                                                       \
    int name(const char *path, int flags, ...) {                                           \
        typedef int (*type)(const char *, int, ...);                                       \
        NEXT(type, #name);                                                                 \
        mode_t mode = 0;                                                                   \
        if (flags & (O_CREAT | __O_TMPFILE)) {                                             \
            va_list rest;                                                                  \
            va_start(rest, flags);                                                         \
            mode = va_arg(rest, mode_t);                                                   \
            va_end(rest);                                                                  \
        }                                                                                  \
        if ((flags & O_ACCMODE) != O_RDONLY && is_ours(path) && told("read-only")) {       \
            errno = EROFS;                                                                 \
            return -1;                                                                     \
        }                                                                                  \
        return next(path, flags, mode);                                                    \
    }
OPENER(open)
OPENER(open64)

int unlink(const char *path) {
    typedef int (*type)(const char *);
    NEXT(type, "unlink");
    int answer = next(path);
    if (answer == 0 && is_ours(path) && told("synced")) {
        char kept[PATH_MAX];
        snprintf(kept, sizeof kept, "%s/synced/%s", getenv("GANH_DISK"), strrchr(path, '/') + 1);
        next(kept);
    }
    return answer;
}
