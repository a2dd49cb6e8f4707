// IntegerTo, for numbers that are integers: HRESULTs, ids, counts.
#pragma once

#include <napi.h>

#include <cstdint>
#include <type_traits>

namespace com_cancel {

// Napi::Number::New passes a double. An integer of 64 bits must be below 2^53.
template <typename Integer>
Napi::Value IntegerTo(Napi::Env env, Integer integer) {
  napi_value value = nullptr;
  if constexpr (sizeof(Integer) > sizeof(std::int32_t))
    napi_create_int64(env, static_cast<std::int64_t>(integer), &value);
  else if constexpr (std::is_unsigned_v<Integer>)
    napi_create_uint32(env, integer, &value);
  else
    napi_create_int32(env, integer, &value);
  return {env, value};
}

}  // namespace com_cancel
