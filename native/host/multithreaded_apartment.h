// MultithreadedApartment, in which a thread of the system's pool makes its calls.
#pragma once

#include "host/win.h"

namespace com_cancel {

// The calling thread is in the multithreaded apartment while this object lives, unless it is in another one.
class MultithreadedApartment {
 public:
  MultithreadedApartment() : entered_(CoInitializeEx(nullptr, COINIT_MULTITHREADED)) {}
  ~MultithreadedApartment() {
    if (SUCCEEDED(entered_)) CoUninitialize();
  }
  MultithreadedApartment(const MultithreadedApartment&) = delete;
  MultithreadedApartment& operator=(const MultithreadedApartment&) = delete;

 private:
  const HRESULT entered_;
};

}  // namespace com_cancel
