/* The stub of a single file: unpacks the program that is appended to it, once, and starts it.
 *
 * A single file is this stub, a payload and a trailer; `pants_freeze/sandbox/single_file.py` writes
 * them and says what is in them. The payload is unpacked into the folder CACHE/DIGEST, where DIGEST
 * is the SHA-256 of payload and trailer. Whether it is there, and whole, a stamp in it tells.
 *
 * This process then becomes the program, so its process id, signals, exit status and standard
 * streams are the program's own. Failures end it with one message and one of the `failure` codes.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#else
#include <sys/auxv.h>
#endif

/* Of decoder.zig. */
bool decoder_open(uint8_t compression, const uint8_t *data, size_t size, uint32_t window);
bool decoder_read(uint8_t *into, size_t count);
void sha256(const uint8_t *data, size_t size, uint8_t digest[32]);

enum failure {
    DAMAGED_FILE = 201,  /* the single file is not as it was built */
    UNSAFE_CACHE = 202,  /* somebody else can write into the cache */
    CANNOT_UNPACK = 203, /* no space, or not allowed to write */
    CANNOT_START = 204,  /* unpacked, but the system does not start it */
};

/* The importer takes it out of the environment: DIGEST:PATH OF THE SINGLE FILE. */
#define VARIABLE "_PANTS_FREEZE_SINGLE_FILE"
/* The entry puts it back into the arguments. */
#define FIRST_ARGUMENT "_PANTS_FREEZE_FIRST_ARGUMENT"
#define CACHE "pants-freeze"
#define STAMP ".complete"
#define MAGIC "pfreeze1"

/* The trailer, at the end of the file; numbers are little-endian. */
enum {
    AT_MAGIC = 0,
    AT_PAYLOAD_SIZE = 8,
    AT_UNPACKED_SIZE = 16,
    AT_WINDOW = 24,
    AT_COMPRESSION = 28,
    AT_NAME = 29,
    AT_DIGEST = 285,
    TRAILER_SIZE = 317,
    DIGEST_SIZE = TRAILER_SIZE - AT_DIGEST,
};

/* An entry of the payload: kind, length of the path, size; then path and content. */
enum { AT_PATH_SIZE = 1, AT_SIZE = 3, ENTRY_SIZE = 11 };
enum { PLAIN_FILE = 0, EXECUTABLE = 1, LINK = 2, END = 3, X86_CODE = 0x80 };

static struct {
    int file;
    char path[PATH_MAX];
    uint8_t trailer[TRAILER_SIZE];
    off_t payload_at;
    uint64_t payload_size;
    uint64_t unpacked_size;
    char digest[2 * DIGEST_SIZE + 1];
} own;

static struct {
    int folder;
    char path[PATH_MAX];
    /* What to remove if unpacking fails; empty while nothing is unpacked. */
    char lock[NAME_MAX];
    char partial[NAME_MAX];
} cache;

static void remove_tree(int parent, const char *name);

static _Noreturn void fail(enum failure status, const char *format, ...) {
    if (cache.partial[0] != 0) {
        remove_tree(cache.folder, cache.partial);
        unlinkat(cache.folder, cache.lock, 0);
    }
    char message[2 * PATH_MAX + 512];
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    const char *name = strrchr(own.path, '/');
    dprintf(STDERR_FILENO, "%s: %s\n", name != NULL ? name + 1 : "error", message);
    exit(status);
}

/* What cannot be done at *where* says errno. */
static _Noreturn void fail_to_unpack(const char *where) {
    fail(CANNOT_UNPACK,
         "cannot unpack into %s: %s; it needs %llu MB there, once: make room, or set XDG_CACHE_HOME "
         "to a folder of yours that has it",
         where, strerror(errno), (unsigned long long)(own.unpacked_size / 1000000 + 1));
}

static _Noreturn void fail_damaged(const char *what) {
    fail(DAMAGED_FILE, "%s is damaged: %s; get it again", own.path, what);
}

static uint64_t number(const uint8_t *bytes, int size) {
    uint64_t value = 0;
    while (size-- > 0) value = value << 8 | bytes[size];
    return value;
}

/* ---- The single file -------------------------------------------------------------------------- */

static void open_own_file(void) {
#ifdef __APPLE__
    char given[PATH_MAX];
    uint32_t size = sizeof given;
    if (_NSGetExecutablePath(given, &size) != 0 || realpath(given, own.path) == NULL) own.path[0] = 0;
    own.file = open(own.path, O_RDONLY | O_CLOEXEC);
#else
    ssize_t length = readlink("/proc/self/exe", own.path, sizeof own.path - 1);
    if (length > 0) {
        own.path[length] = 0;
        own.file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    } else { /* without /proc */
        const char *given = (const char *)getauxval(AT_EXECFN);
        if (given == NULL || realpath(given, own.path) == NULL) own.path[0] = 0;
        own.file = open(own.path, O_RDONLY | O_CLOEXEC);
    }
#endif
    if (own.file < 0) fail(DAMAGED_FILE, "cannot read its own file: %s", strerror(errno));
}

static void read_trailer(void) {
    off_t end = lseek(own.file, 0, SEEK_END);
    const uint8_t *trailer = own.trailer;
    if (end < TRAILER_SIZE ||
        pread(own.file, own.trailer, TRAILER_SIZE, end - TRAILER_SIZE) != TRAILER_SIZE ||
        memcmp(trailer + AT_MAGIC, MAGIC, sizeof MAGIC - 1) != 0)
        fail_damaged("its end is missing");
    own.payload_size = number(trailer + AT_PAYLOAD_SIZE, 8);
    own.unpacked_size = number(trailer + AT_UNPACKED_SIZE, 8);
    if (own.payload_size > (uint64_t)end - TRAILER_SIZE) fail_damaged("it is too short");
    own.payload_at = end - TRAILER_SIZE - (off_t)own.payload_size;
    const char *name = (const char *)trailer + AT_NAME;
    if (trailer[AT_DIGEST - 1] != 0 || name[0] == 0 || name[0] == '.' || strchr(name, '/') != NULL)
        fail_damaged("it names no program");
    for (int i = 0; i < DIGEST_SIZE; i++)
        snprintf(own.digest + 2 * i, 3, "%02x", trailer[AT_DIGEST + i]);
}

/* ---- The cache -------------------------------------------------------------------------------- */

/* Programs run only from a folder of the user into which nobody else may write. */
static void check_folder(const struct stat *info, const char *path) {
    const char *what = NULL;
    if (!S_ISDIR(info->st_mode)) what = "it is no folder";
    else if (info->st_uid != geteuid()) what = "it belongs to another user";
    else if (info->st_mode & (S_IWGRP | S_IWOTH)) what = "other users may write to it";
    if (what != NULL)
        fail(UNSAFE_CACHE, "will not run from %s: %s; set XDG_CACHE_HOME to a folder of your own", path,
             what);
}

/* In the folder around the cache nobody else may replace what is ours. */
static void check_parent(const char *path) {
    struct stat info;
    if (stat(path, &info) != 0) fail_to_unpack(path);
    if (!S_ISDIR(info.st_mode)) {
        errno = ENOTDIR;
        fail_to_unpack(path);
    }
    if (info.st_mode & S_ISVTX) return;
    if ((info.st_uid != geteuid() && info.st_uid != 0) || (info.st_mode & S_IWOTH))
        fail(UNSAFE_CACHE,
             "will not run from %s: other users may write to it; set XDG_CACHE_HOME to a folder of "
             "your own",
             path);
}

static void make_folders(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
    mkdir(path, 0700);
}

static bool is_folder(const char *path) {
    struct stat info;
    return path != NULL && path[0] == '/' && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static void open_cache(void) {
    char parent[PATH_MAX];
    char name[64] = CACHE;
    const char *chosen = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (home == NULL || home[0] == 0) {
        struct passwd *user = getpwuid(geteuid());
        home = user != NULL ? user->pw_dir : NULL;
    }
    int length;
    if (chosen != NULL && chosen[0] == '/') { /* others do not count, says the XDG specification */
        length = snprintf(parent, sizeof parent, "%s", chosen);
        if (length < PATH_MAX) make_folders(parent);
    } else if (is_folder(home)) {
        length = snprintf(parent, sizeof parent, "%s/.cache", home);
        if (length < PATH_MAX) mkdir(parent, 0700);
    } else {
        const char *temporary = getenv("TMPDIR");
        length = snprintf(parent, sizeof parent, "%s", is_folder(temporary) ? temporary : "/tmp");
        snprintf(name, sizeof name, CACHE "-%lu", (unsigned long)geteuid());
    }
    /* The rest of the longest path: the digest and the name of the program. */
    if (length + (int)sizeof name + 2 * DIGEST_SIZE + NAME_MAX + 4 > PATH_MAX) {
        errno = ENAMETOOLONG;
        fail_to_unpack(parent);
    }
    check_parent(parent);
    snprintf(cache.path, sizeof cache.path, "%s/%s", parent, name);
    struct stat info;
    if ((mkdir(cache.path, 0700) != 0 && errno != EEXIST) || lstat(cache.path, &info) != 0)
        fail_to_unpack(cache.path);
    check_folder(&info, cache.path);
    cache.folder = open(cache.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (cache.folder < 0) fail_to_unpack(cache.path);
}

static void remove_tree(int parent, const char *name) {
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return;
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = folder < 0 ? NULL : fdopendir(folder);
    if (list == NULL) return;
    for (struct dirent *each = readdir(list); each != NULL; each = readdir(list))
        if (strcmp(each->d_name, ".") != 0 && strcmp(each->d_name, "..") != 0)
            remove_tree(folder, each->d_name);
    closedir(list);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static void remove_stamp(void) {
    char stamp[sizeof own.digest + sizeof STAMP];
    snprintf(stamp, sizeof stamp, "%s/" STAMP, own.digest);
    unlinkat(cache.folder, stamp, 0);
}

static bool is_unpacked(void) {
    int folder = openat(cache.folder, own.digest, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat info;
    if (folder < 0) return false;
    if (fstat(folder, &info) != 0) fail_to_unpack(cache.path);
    check_folder(&info, cache.path);
    bool complete = faccessat(folder, STAMP, F_OK, 0) == 0;
    close(folder);
    return complete;
}

/* ---- Unpacking -------------------------------------------------------------------------------- */

/* Undoes the x86 filter of liblzma, which has made the targets of calls and jumps absolute. */
struct x86 {
    uint32_t position; /* of the buffer in the file */
    uint32_t previous; /* position of the last opcode that was looked at */
    uint32_t mask;     /* which of the bytes before may belong to an instruction */
};

static bool is_high_byte(uint8_t byte) { return byte == 0 || byte == 0xFF; }

/* Filters as much of *buffer* as can be; returns how many bytes are done. */
static size_t undo_x86(struct x86 *state, uint8_t *buffer, size_t size) {
    static const uint8_t bits[8] = {0, 1, 2, 2, 3, 3, 3, 3};
    size_t at = 0;
    while (at + 5 <= size) {
        if ((buffer[at] & 0xFE) != 0xE8) {
            at++;
            continue;
        }
        uint32_t here = state->position + (uint32_t)at;
        uint32_t distance = here - state->previous;
        state->previous = here;
        if (distance > 5) state->mask = 0;
        else
            for (uint32_t i = 0; i < distance; i++) state->mask = (state->mask & 0x77) << 1;
        uint32_t seen = state->mask >> 1;
        bool allowed = seen < 0x10 && (0x17 >> (seen & 7) & 1);
        if (!is_high_byte(buffer[at + 4]) || !allowed) {
            state->mask |= is_high_byte(buffer[at + 4]) ? 0x11 : 1;
            at++;
            continue;
        }
        uint32_t target = (uint32_t)number(buffer + at + 1, 4);
        while (true) {
            target -= here + 5;
            if (state->mask == 0) break;
            int shift = 32 - 8 * bits[seen];
            if (!is_high_byte((uint8_t)(target >> (shift - 8)))) break;
            target ^= (1U << shift) - 1;
        }
        for (int i = 0; i < 3; i++) buffer[at + 1 + i] = (uint8_t)(target >> 8 * i);
        buffer[at + 4] = target >> 24 & 1 ? 0xFF : 0;
        state->mask = 0;
        at += 5;
    }
    state->position += (uint32_t)at;
    return at;
}

static void decode(void *into, size_t count) {
    if (!decoder_read(into, count)) fail_damaged("its content cannot be decoded");
}

static void write_all(int file, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(file, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail_to_unpack(cache.path);
        bytes += written;
        count -= (size_t)written;
    }
}

static void write_content(int file, uint64_t size, bool is_x86) {
    static uint8_t buffer[1 << 16];
    struct x86 filter = {.previous = (uint32_t)-5};
    size_t held = 0; /* bytes that the filter has to see again, with those that follow */
    while (size > 0) {
        size_t count = sizeof buffer - held < size ? sizeof buffer - held : (size_t)size;
        decode(buffer + held, count);
        size -= count;
        size_t filled = held + count;
        size_t done = is_x86 && size > 0 ? undo_x86(&filter, buffer, filled) : filled;
        if (is_x86 && size == 0) undo_x86(&filter, buffer, filled);
        write_all(file, buffer, done);
        held = filled - done;
        memmove(buffer, buffer + done, held);
    }
}

/* Whether *target*, a link's in a folder *depth* levels deep, stays below the top folder: ".." only
 * at its beginning, and not too many. */
static bool stays_inside(const char *target, int depth) {
    if (target[0] == '/' || target[0] == 0) return false;
    bool begins = true;
    while (true) {
        size_t length = strcspn(target, "/");
        bool is_up = length == 2 && memcmp(target, "..", 2) == 0;
        if (is_up && (!begins || depth-- == 0)) return false;
        begins = begins && is_up;
        if (target[length] == 0) return true;
        target += length + 1;
    }
}

/* Opens the folder of the entry *path* below *top*, and makes it; its last part is left in *name*.
 * Returns the depth of the folder. A path that could lead anywhere else is refused. */
static int open_parent(int top, char *path, int *folder, char **name) {
    int depth = 0;
    *folder = fcntl(top, F_DUPFD_CLOEXEC, 0);
    for (char *slash; *folder >= 0; path = slash + 1, depth++) {
        slash = strchr(path, '/');
        if (slash != NULL) *slash = 0;
        if (path[0] == 0 || strcmp(path, ".") == 0 || strcmp(path, "..") == 0)
            fail_damaged("a path in it leads outside");
        *name = path;
        if (slash == NULL) return depth;
        if (mkdirat(*folder, path, 0755) != 0 && errno != EEXIST) break;
        int next = openat(*folder, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0 && (errno == ELOOP || errno == ENOTDIR)) fail_damaged("a path in it leads outside");
        close(*folder);
        *folder = next;
    }
    fail_to_unpack(cache.path);
}

static void unpack_entry(int top, uint8_t kind, char *path, uint64_t size) {
    int folder;
    char *name;
    int depth = open_parent(top, path, &folder, &name);
    if (kind == LINK) {
        char target[PATH_MAX];
        if (size >= sizeof target) fail_damaged("a link in it is too long");
        decode(target, (size_t)size);
        target[size] = 0;
        if (!stays_inside(target, depth)) fail_damaged("a link in it leads outside");
        if (symlinkat(target, folder, name) != 0) fail_to_unpack(cache.path);
    } else {
        bool is_executable = (kind & ~X86_CODE) == EXECUTABLE;
        int file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                          is_executable ? 0755 : 0644);
        if (file < 0) fail_to_unpack(cache.path);
        write_content(file, size, kind & X86_CODE);
        if (close(file) != 0) fail_to_unpack(cache.path);
    }
    close(folder);
}

static void unpack_payload(int top) {
    size_t skipped = (size_t)own.payload_at % (size_t)sysconf(_SC_PAGESIZE);
    size_t signed_size = own.payload_size + AT_DIGEST;
    size_t mapped_size = skipped + signed_size;
    uint8_t *mapped = mmap(NULL, mapped_size, PROT_READ, MAP_PRIVATE, own.file,
                           own.payload_at - (off_t)skipped);
    if (mapped == MAP_FAILED) fail_damaged(strerror(errno));
    const uint8_t *payload = mapped + skipped;
    uint8_t digest[DIGEST_SIZE];
    sha256(payload, signed_size, digest);
    if (memcmp(digest, own.trailer + AT_DIGEST, DIGEST_SIZE) != 0)
        fail_damaged("its content is not what was built");
    if (!decoder_open(own.trailer[AT_COMPRESSION], payload, (size_t)own.payload_size,
                      (uint32_t)number(own.trailer + AT_WINDOW, 4)))
        fail_damaged("its content cannot be decoded");
    while (true) {
        uint8_t entry[ENTRY_SIZE];
        decode(entry, sizeof entry);
        if (entry[0] == END) break;
        char path[PATH_MAX];
        size_t length = (size_t)number(entry + AT_PATH_SIZE, 2);
        if (length >= sizeof path) fail_damaged("a path in it is too long");
        decode(path, length);
        path[length] = 0;
        unpack_entry(top, entry[0], path, number(entry + AT_SIZE, 8));
    }
    munmap(mapped, mapped_size);
}

static void flush(int folder) {
#ifdef __linux__
    if (syncfs(folder) != 0) fail_to_unpack(cache.path);
#else
    (void)folder;
    sync();
#endif
}

/* Unpacks below another name; the folder gets its own when all of it is on the disk. */
static void unpack_locked(void) {
    snprintf(cache.partial, sizeof cache.partial, "%s.partial", own.digest);
    remove_tree(cache.folder, cache.partial);
    remove_tree(cache.folder, own.digest);
    if (mkdirat(cache.folder, cache.partial, 0700) != 0) fail_to_unpack(cache.path);
    int top = openat(cache.folder, cache.partial, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (top < 0) fail_to_unpack(cache.path);
    unpack_payload(top);
    int stamp = openat(top, STAMP, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (stamp < 0 || close(stamp) != 0) fail_to_unpack(cache.path);
    flush(top);
    if (renameat(cache.folder, cache.partial, cache.folder, own.digest) != 0)
        fail_to_unpack(cache.path);
    cache.partial[0] = 0;
    close(top);
}

/* Of several first starts one unpacks, and the others wait for it. */
static void unpack(void) {
    snprintf(cache.lock, sizeof cache.lock, "%s.lock", own.digest);
    while (true) {
        int lock = openat(cache.folder, cache.lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (lock < 0) fail_to_unpack(cache.path);
        while (flock(lock, LOCK_EX) != 0)
            if (errno != EINTR) fail_to_unpack(cache.path);
        struct stat info;
        bool is_current = fstat(lock, &info) == 0 && info.st_nlink > 0;
        bool done = is_unpacked();
        if (is_current && !done) unpack_locked();
        if (is_current) unlinkat(cache.folder, cache.lock, 0);
        close(lock);
        if (is_current || done) return;
    }
}

/* ---- Starting --------------------------------------------------------------------------------- */

int main(int argc, char **argv) {
    extern char **environ;
    open_own_file();
    read_trailer();
    mode_t mask = umask(022);
    open_cache();
    char program[PATH_MAX];
    snprintf(program, sizeof program, "%s/%s/%s", cache.path, own.digest,
             (const char *)own.trailer + AT_NAME);
    char told[sizeof own.digest + PATH_MAX];
    snprintf(told, sizeof told, "%s:%s", own.digest, own.path);
    if (!is_unpacked()) unpack();
    if (access(program, F_OK) != 0) { /* somebody has deleted a part of the cache */
        remove_stamp();
        unpack();
    }
    umask(mask);
    bool is_told = setenv(VARIABLE, told, 1) == 0;
    if (argc > 0) { /* a freezer may look for its files beside what argv[0] names */
        is_told = is_told && setenv(FIRST_ARGUMENT, argv[0], 1) == 0;
        argv[0] = program;
    }
    if (is_told) execve(program, argv, environ);
    fail(CANNOT_START,
         "cannot start %s: %s; if programs may not run from there, set XDG_CACHE_HOME to a folder of "
         "yours where they may",
         program, strerror(errno));
}
