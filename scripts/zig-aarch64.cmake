# CMake toolchain file: zig's clang cross-compiles Windows binaries for ARM64.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

# build-native.mjs passes the compiler; the archiver is beside it.
set(ZIG_TOOLS ${CMAKE_CURRENT_LIST_DIR}/../.wine/zig/bin)
set(CMAKE_AR ${ZIG_TOOLS}/ar)
set(CMAKE_RANLIB ${ZIG_TOOLS}/ranlib)
set(CMAKE_RC_COMPILER ${ZIG_TOOLS}/windres)

# Not with _INIT, to which CMake appends -O3. Functions in sections of their own: the linker drops those that are not used.
set(CMAKE_CXX_FLAGS_RELEASE "-Os -DNDEBUG -ffunction-sections -fdata-sections" CACHE STRING "")
