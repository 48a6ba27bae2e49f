/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HotSpot's own description of itself: libjvm.so exports tables of its types, fields and constants for the
 * serviceability agent (gHotSpotVMStructs; src/hotspot/share/runtime/vmStructs.hpp), which jstack and jmap
 * read. Owns what was learned of them; knows nothing of frames.
 *
 * The JVM's tool interface (JVMTI) would give the same lines, at a price that is not ours to ask of a
 * program: the first environment made in a running JVM makes its compilers compile for a debugger and,
 * since 21, stops it to follow each mount of a virtual thread; each call blocks while the world is stopped.
 */
#ifndef CONNLEAK_SCRIPTS_HOTSPOT_H
#define CONNLEAK_SCRIPTS_HOTSPOT_H

#include <stdbool.h>
#include <stdint.h>

#include "scripts/library.h"
#include "scripts/look.h"

/* Versions: how compiled code says where its lines are (code/compiledMethod.hpp, code/nmethod.hpp). */
#define HOTSPOT_17 1u
#define HOTSPOT_21 2u
#define HOTSPOT_25 4u
#define HOTSPOT_OLD (HOTSPOT_17 | HOTSPOT_21)
#define HOTSPOT_ANY (HOTSPOT_OLD | HOTSPOT_25)

/* Name here, type, field, versions that must have it (0: whoever asks for it looks whether it is there). */
#define HOTSPOT_FIELDS(X)                                                                         \
	X(THREAD_ANCHOR, "JavaThread", "_anchor", HOTSPOT_ANY)                                    \
	X(THREAD_STATE, "JavaThread", "_thread_state", HOTSPOT_ANY)                               \
	X(THREAD_OS_OLD, "JavaThread", "_osthread", HOTSPOT_OLD)                                  \
	X(THREAD_OS, "Thread", "_osthread", HOTSPOT_25)                                           \
	X(OS_PTHREAD, "OSThread", "_pthread_id", HOTSPOT_ANY)                                     \
	X(ANCHOR_SP, "JavaFrameAnchor", "_last_Java_sp", HOTSPOT_ANY)                             \
	X(ANCHOR_PC, "JavaFrameAnchor", "_last_Java_pc", HOTSPOT_ANY)                             \
	X(ANCHOR_FP, "JavaFrameAnchor", "_last_Java_fp", HOTSPOT_ANY)                             \
	X(WRAPPER_ANCHOR, "JavaCallWrapper", "_anchor", HOTSPOT_ANY)                              \
	X(THREADS_LENGTH, "ThreadsList", "_length", HOTSPOT_ANY)                                  \
	X(THREADS_LIST, "ThreadsList", "_threads", HOTSPOT_ANY)                                   \
	X(ARRAY_LENGTH, "GrowableArrayBase", "_len", HOTSPOT_ANY)                                 \
	X(ARRAY_DATA, "GrowableArray<int>", "_data", HOTSPOT_ANY)                                 \
	X(SPACE_LOW, "VirtualSpace", "_low", HOTSPOT_ANY)                                         \
	X(SPACE_HIGH, "VirtualSpace", "_high", HOTSPOT_ANY)                                       \
	X(HEAP_MEMORY, "CodeHeap", "_memory", HOTSPOT_ANY)                                        \
	X(HEAP_SEGMAP, "CodeHeap", "_segmap", HOTSPOT_ANY)                                        \
	X(HEAP_SEGMENT, "CodeHeap", "_log2_segment_size", HOTSPOT_ANY)                            \
	X(BLOCK_USED, "HeapBlock::Header", "_used", HOTSPOT_ANY)                                  \
	X(STUBS_BUFFER, "StubQueue", "_stub_buffer", HOTSPOT_ANY)                                 \
	X(STUBS_LIMIT, "StubQueue", "_buffer_limit", HOTSPOT_ANY)                                 \
	X(BLOB_NAME, "CodeBlob", "_name", HOTSPOT_ANY)                                            \
	X(BLOB_SIZE, "CodeBlob", "_size", HOTSPOT_ANY)                                            \
	X(BLOB_FRAME, "CodeBlob", "_frame_size", HOTSPOT_ANY)                                     \
	X(BLOB_CODE, "CodeBlob", "_code_begin", HOTSPOT_OLD)                                      \
	X(BLOB_CODE_OFFSET, "CodeBlob", "_code_offset", HOTSPOT_25)                               \
	X(BLOB_RELOCATIONS, "CodeBlob", "_relocation_size", HOTSPOT_25)                           \
	X(BLOB_MUTABLE, "CodeBlob", "_mutable_data", HOTSPOT_25)                                  \
	X(BLOB_MUTABLE_SIZE, "CodeBlob", "_mutable_data_size", HOTSPOT_25)                        \
	X(COMPILED_METHOD, "CompiledMethod", "_method", HOTSPOT_OLD)                              \
	X(COMPILED_SCOPES, "CompiledMethod", "_scopes_data_begin", HOTSPOT_OLD)                   \
	X(COMPILED_DEOPT, "CompiledMethod", "_deopt_handler_begin", HOTSPOT_OLD)                  \
	X(NMETHOD_METADATA, "nmethod", "_metadata_offset", HOTSPOT_OLD)                           \
	X(NMETHOD_DEPENDENCIES, "nmethod", "_dependencies_offset", HOTSPOT_OLD)                   \
	X(NMETHOD_METHOD, "nmethod", "_method", HOTSPOT_25)                                       \
	X(NMETHOD_DEOPT, "nmethod", "_deopt_handler_offset", HOTSPOT_25)                          \
	X(NMETHOD_SCOPES, "nmethod", "_scopes_data_offset", HOTSPOT_25)                           \
	X(NMETHOD_IMMUTABLE, "nmethod", "_immutable_data", HOTSPOT_25)                            \
	X(NMETHOD_IMMUTABLE_SIZE, "nmethod", "_immutable_data_size", HOTSPOT_25)                  \
	X(NMETHOD_PCS, "nmethod", "_scopes_pcs_offset", HOTSPOT_ANY)                              \
	X(NMETHOD_ORIGINAL_PC, "nmethod", "_orig_pc_offset", HOTSPOT_ANY)                         \
	X(PC_OFFSET, "PcDesc", "_pc_offset", HOTSPOT_ANY)                                         \
	X(PC_SCOPE, "PcDesc", "_scope_decode_offset", HOTSPOT_ANY)                                \
	X(METHOD_CONST, "Method", "_constMethod", HOTSPOT_ANY)                                    \
	X(CONST_POOL, "ConstMethod", "_constants", HOTSPOT_ANY)                                   \
	X(CONST_SIZE, "ConstMethod", "_constMethod_size", HOTSPOT_ANY)                            \
	X(CONST_FLAGS_17, "ConstMethod", "_flags", HOTSPOT_17)                                    \
	X(CONST_FLAGS, "ConstMethod", "_flags._flags", HOTSPOT_21 | HOTSPOT_25)                   \
	X(CONST_CODE_SIZE, "ConstMethod", "_code_size", HOTSPOT_ANY)                              \
	X(CONST_NAME, "ConstMethod", "_name_index", HOTSPOT_ANY)                                  \
	X(POOL_HOLDER, "ConstantPool", "_pool_holder", HOTSPOT_ANY)                               \
	X(POOL_LENGTH, "ConstantPool", "_length", HOTSPOT_ANY)                                    \
	X(POOL_SOURCE, "ConstantPool", "_source_file_name_index", HOTSPOT_ANY)                    \
	X(CLASS_POOL, "InstanceKlass", "_constants", HOTSPOT_ANY)                                 \
	X(CLASS_NAME, "Klass", "_name", HOTSPOT_ANY)                                              \
	X(SYMBOL_LENGTH, "Symbol", "_length", HOTSPOT_ANY)                                        \
	X(SYMBOL_BODY, "Symbol", "_body", HOTSPOT_ANY)                                            \
	/* for the names of threads only, and not all of them in each */                          \
	X(THREAD_OBJECT, "JavaThread", "_threadObj", 0)                                           \
	X(THREAD_VIRTUAL, "JavaThread", "_vthread", 0)                                            \
	X(CLASS_SUPER, "Klass", "_super", 0)                                                      \
	X(CLASS_FIELDS, "InstanceKlass", "_fieldinfo_stream", 0)                                  \
	X(CLASS_FIELDS_17, "InstanceKlass", "_fields", 0)                                         \
	X(CLASS_FIELD_COUNT_17, "InstanceKlass", "_java_fields_count", 0)                         \
	X(BYTES_DATA, "Array<u1>", "_data", 0)                                                    \
	X(SHORTS_DATA, "Array<u2>", "_data", 0)                                                   \
	X(HEAP_PAUSED_17, "CollectedHeap", "_is_gc_active", 0)                                    \
	X(HEAP_PAUSED, "CollectedHeap", "_is_stw_gc_active", 0)                                   \
	X(HEAP_COLLECTIONS, "CollectedHeap", "_total_collections", 0)                             \
	X(Z_BAD_17, "ZGlobalsForVMStructs", "_ZAddressBadMask", 0)                                \
	X(X_BAD, "XGlobalsForVMStructs", "_XAddressBadMask", 0)                                   \
	X(Z_BAD, "ZGlobalsForVMStructs", "_ZPointerLoadBadMask", 0)                               \
	X(Z_SHIFT, "ZGlobalsForVMStructs", "_ZPointerLoadShift", 0)

/* Name here, type, static field, versions that must have it: where it lies. */
#define HOTSPOT_STATICS(X)                                                                        \
	X(THREADS, "ThreadsSMRSupport", "_java_thread_list", HOTSPOT_ANY)                         \
	X(CODE_HEAPS, "CodeCache", "_heaps", HOTSPOT_ANY)                                         \
	X(CODE_LOW, "CodeCache", "_low_bound", HOTSPOT_ANY)                                       \
	X(CODE_HIGH, "CodeCache", "_high_bound", HOTSPOT_ANY)                                     \
	X(INTERPRETER, "AbstractInterpreter", "_code", HOTSPOT_ANY)                               \
	X(CALL_STUB, "StubRoutines", "_call_stub_return_address", HOTSPOT_ANY)                    \
	X(RELEASE, "Abstract_VM_Version", "_s_vm_release", HOTSPOT_ANY)                           \
	X(MAJOR, "Abstract_VM_Version", "_vm_major_version", HOTSPOT_ANY)                         \
	X(HEAP, "Universe", "_collectedHeap", 0)                                                  \
	X(NARROW_BASE_OLD, "CompressedOops", "_narrow_oop._base", 0)                              \
	X(NARROW_SHIFT_OLD, "CompressedOops", "_narrow_oop._shift", 0)                            \
	X(NARROW_BASE, "CompressedOops", "_base", 0)                                              \
	X(NARROW_SHIFT, "CompressedOops", "_shift", 0)                                            \
	X(CLASS_BASE_OLD, "CompressedKlassPointers", "_narrow_klass._base", 0)                    \
	X(CLASS_SHIFT_OLD, "CompressedKlassPointers", "_narrow_klass._shift", 0)                  \
	X(CLASS_BASE, "CompressedKlassPointers", "_base", 0)                                      \
	X(CLASS_SHIFT, "CompressedKlassPointers", "_shift", 0)                                    \
	X(Z_HERE, "ZGlobalsForVMStructs", "_instance_p", 0)                                            \
	X(X_HERE, "XGlobalsForVMStructs", "_instance_p", 0)

/* Name here, type, versions that must have it: its size. */
#define HOTSPOT_SIZES(X)                                                                          \
	X(JAVA_THREAD, "JavaThread", HOTSPOT_ANY)                                                 \
	X(BLOCK, "HeapBlock", HOTSPOT_ANY)                                                        \
	X(NMETHOD, "nmethod", HOTSPOT_ANY)                                                        \
	X(PC, "PcDesc", HOTSPOT_ANY)                                                              \
	X(CONST_METHOD, "ConstMethod", HOTSPOT_ANY)                                               \
	X(POOL, "ConstantPool", HOTSPOT_ANY)

/* Name here, constant, versions that must have it. */
#define HOTSPOT_CONSTANTS(X)                                                                      \
	X(IN_NATIVE, "_thread_in_native", HOTSPOT_ANY)                                            \
	X(IN_VM, "_thread_in_vm", HOTSPOT_ANY)                                                    \
	X(LINES_17, "ConstMethod::_has_linenumber_table", HOTSPOT_17)                             \
	X(LINES, "ConstMethodFlags::_misc_has_linenumber_table", HOTSPOT_21 | HOTSPOT_25)         \
	X(ENTRY_WRAPPER, "frame::entry_frame_call_wrapper_offset", HOTSPOT_ANY)                   \
	X(SENDER_SP, "frame::interpreter_frame_sender_sp_offset", HOTSPOT_ANY)                    \
	X(LAST_SP, "frame::interpreter_frame_last_sp_offset", HOTSPOT_ANY)

#define X(name, ...) HOTSPOT_##name,
enum hotspot_field { HOTSPOT_FIELDS(X) HOTSPOT_FIELD_COUNT };
enum hotspot_static { HOTSPOT_STATICS(X) HOTSPOT_STATIC_COUNT };
#undef X
#define X(name, ...) HOTSPOT_SIZE_##name,
enum hotspot_size { HOTSPOT_SIZES(X) HOTSPOT_SIZE_COUNT };
#undef X
#define X(name, ...) HOTSPOT_IS_##name,
enum hotspot_constant { HOTSPOT_CONSTANTS(X) HOTSPOT_CONSTANT_COUNT };
#undef X

struct hotspot {
	uint32_t version; /* HOTSPOT_17, ... */
	char release[64]; /* "17.0.15+6-Debian-1deb12u1" */
	uint32_t field[HOTSPOT_FIELD_COUNT];  /* offsets in bytes */
	uintptr_t at[HOTSPOT_STATIC_COUNT];
	uint32_t size[HOTSPOT_SIZE_COUNT];    /* bytes */
	int32_t is[HOTSPOT_CONSTANT_COUNT];
};

enum hotspot_learned {
	HOTSPOT_KNOWN,
	HOTSPOT_OTHER_VERSION,  /* `release` says which, if that could be read */
	HOTSPOT_OTHER_LAYOUT,   /* of a version that we know, and yet something is missing */
};

#define HOTSPOT_NOWHERE UINT32_MAX /* of a field that is not there */

/* `library` is libjvm.so. Some 1 ms, and only once. */
enum hotspot_learned hotspot_learn(struct hotspot *to, const struct library *library, struct look *look);

#endif
