# CMake toolchain file: zig's clang cross-compiles Windows binaries for ARM64.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

# build-native.mjs passes the compiler; the archiver is beside it. No resource is compiled, but CMake wants a program.
set(ZIG_TOOLS ${CMAKE_CURRENT_LIST_DIR}/../.wine/zig/bin)
set(CMAKE_AR ${ZIG_TOOLS}/ar)
set(CMAKE_RANLIB ${ZIG_TOOLS}/ranlib)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

# The build shows that the addon compiles, and what it imports. Optimization takes minutes and changes neither.
# Not with _INIT, to which CMake appends -O3.
set(CMAKE_CXX_FLAGS_RELEASE "-O0 -DNDEBUG" CACHE STRING "")
# zig compiles its C++ library for each level of optimization: the compiler is tried with the same one.
set(CMAKE_TRY_COMPILE_CONFIGURATION Release)
