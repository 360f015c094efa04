//! What the stub of a single file needs of Zig's standard library: decoders and SHA-256.
//!
//! A payload is decoded once, from memory, by `decoder_open` and then `decoder_read`. Its digest is
//! checked before, so what is decoded here is what the packing side wrote.

const std = @import("std");
const lzma = std.compress.lzma;
const Allocator = std.mem.Allocator;

// The stub has nobody to show a stack trace to.
pub const panic = std.debug.no_panic;

// It is in C. Without this the standard library brings an entry point of its own.
pub extern fn main(c_int, [*][*:0]u8) c_int;

const memory = std.heap.page_allocator;

/// As in `pants_freeze/sandbox/single_file.py`.
const Compression = enum(u8) { none, zlib, lzma, zstd, _ };

const Decoder = union(enum) {
    none,
    zlib: std.compress.flate.Decompress,
    zstd: std.compress.zstd.Decompress,
    lzma: Lzma,
};

var input: std.Io.Reader = undefined;
var decoder: Decoder = undefined;

/// Begin to decode *data*; *window* is how far back, in bytes, it refers to.
export fn decoder_open(compression: u8, data: [*]const u8, size: usize, window: u32) bool {
    input = .fixed(data[0..size]);
    open(@enumFromInt(compression), window) catch return false;
    return true;
}

/// The next *count* decoded bytes; false if they cannot be had.
export fn decoder_read(into: [*]u8, count: usize) bool {
    read(into[0..count]) catch return false;
    return true;
}

export fn sha256(data: [*]const u8, size: usize, digest: *[32]u8) void {
    std.crypto.hash.sha2.Sha256.hash(data[0..size], digest, .{});
}

fn open(compression: Compression, window: u32) !void {
    switch (compression) {
        .none => decoder = .none,
        .zlib => {
            const buffer = try memory.alloc(u8, std.compress.flate.max_window_len);
            decoder = .{ .zlib = .init(&input, .zlib, buffer) };
        },
        .zstd => {
            // It moves a window that has come to the end of the buffer, so twice its size it is.
            const spare = @max(window, std.compress.zstd.block_size_max);
            const buffer = try memory.alloc(u8, @as(usize, window) + spare);
            decoder = .{ .zstd = .init(&input, buffer, .{ .window_len = window }) };
        },
        .lzma => decoder = .{ .lzma = try .init(window) },
        _ => return error.Unknown,
    }
}

fn read(into: []u8) !void {
    switch (decoder) {
        .none => try input.readSliceAll(into),
        .zlib => |*each| try each.reader.readSliceAll(into),
        .zstd => |*each| try each.reader.readSliceAll(into),
        .lzma => |*each| try each.read(into),
    }
}

/// Raw LZMA with the standard properties, decoded as far as is asked for.
///
/// The decoders of the standard library for whole files keep all that they have decoded in memory;
/// this is its decoder of one symbol, over a window of fixed size.
const Lzma = struct {
    symbols: lzma.Decode,
    range: lzma.RangeDecoder,
    window: Window,
    consumed: u64 = 0,
    // The window does not write, but the interface wants a writer.
    unused: std.Io.Writer.Allocating,

    fn init(window: u32) !Lzma {
        // No encoder has a smaller one, and a match has to fit into it.
        if (window < 1 << 12) return error.CorruptInput;
        const symbols = try lzma.Decode.init(memory, .{ .lc = 3, .lp = 0, .pb = 2 });
        const range = try lzma.RangeDecoder.init(&input);
        const ring = try memory.alloc(u8, window);
        return .{
            .symbols = symbols,
            .range = range,
            .window = .{ .ring = ring },
            .unused = .init(memory),
        };
    }

    fn read(self: *Lzma, into: []u8) !void {
        var rest = into;
        while (true) {
            rest = rest[self.window.take(rest)..];
            if (rest.len == 0) return;
            const buffer = &self.window;
            const status = try self.symbols.process(
                &input,
                &self.unused,
                buffer,
                &self.range,
                &self.consumed,
            );
            if (status == .finished) return error.EndOfStream;
        }
    }
};

/// The last decoded bytes, in a ring; the interface is that of `lzma.Decode.process`.
const Window = struct {
    ring: []u8,
    end: usize = 0,
    len: usize = 0,
    taken: usize = 0,

    /// Copies what was decoded and not taken yet; returns how many bytes that are.
    fn take(self: *Window, into: []u8) usize {
        const count = @min(self.len - self.taken, into.len);
        var from = self.back(self.len - self.taken);
        for (into[0..count]) |*byte| {
            byte.* = self.ring[from];
            from = self.after(from);
        }
        self.taken += count;
        return count;
    }

    fn back(self: *Window, distance: usize) usize {
        return if (distance <= self.end) self.end - distance else self.end + self.ring.len - distance;
    }

    fn after(self: *Window, position: usize) usize {
        return if (position + 1 == self.ring.len) 0 else position + 1;
    }

    pub fn lastOr(self: *Window, otherwise: u8) u8 {
        return if (self.len == 0) otherwise else self.ring[self.back(1)];
    }

    pub fn lastN(self: *Window, distance: usize) !u8 {
        if (distance > self.len or distance > self.ring.len) return error.CorruptInput;
        return self.ring[self.back(distance)];
    }

    pub fn appendLiteral(self: *Window, _: Allocator, byte: u8, _: *std.Io.Writer) !void {
        self.ring[self.end] = byte;
        self.end = self.after(self.end);
        self.len += 1;
    }

    pub fn appendLz(
        self: *Window,
        allocator: Allocator,
        count: usize,
        distance: usize,
        writer: *std.Io.Writer,
    ) !void {
        if (distance > self.len or distance > self.ring.len) return error.CorruptInput;
        var from = self.back(distance);
        for (0..count) |_| {
            try self.appendLiteral(allocator, self.ring[from], writer);
            from = self.after(from);
        }
    }
};
