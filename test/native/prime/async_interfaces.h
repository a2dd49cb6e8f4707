// The interfaces of Prime.Async: IPrime with its asynchronous twin, ITypes, whose methods have parameters of
// every type, and ICaller, which calls such interfaces of others. Their slots are in the order of
// declaration, from 3.
#pragma once

#include "host/win.h"
// After win.h, which it needs.
#include <oaidl.h>

namespace prime {

inline constexpr GUID kIPrime = {
    0x2F7C4E5A, 0x9B1D, 0x4C3E, {0x8A, 0x60, 0x71, 0xD2, 0xB8, 0xE4, 0xC9, 0x53}};
inline constexpr GUID kAsyncIPrime = {
    0x2F7C4E5B, 0x9B1D, 0x4C3E, {0x8A, 0x60, 0x71, 0xD2, 0xB8, 0xE4, 0xC9, 0x53}};
inline constexpr GUID kITypes = {
    0x2F7C4E5C, 0x9B1D, 0x4C3E, {0x8A, 0x60, 0x71, 0xD2, 0xB8, 0xE4, 0xC9, 0x53}};

inline constexpr GUID kIFloats = {
    0x2F7C4E60, 0x9B1D, 0x4C3E, {0x8A, 0x60, 0x71, 0xD2, 0xB8, 0xE4, 0xC9, 0x53}};
inline constexpr GUID kICaller = {
    0x2F7C4E61, 0x9B1D, 0x4C3E, {0x8A, 0x60, 0x71, 0xD2, 0xB8, 0xE4, 0xC9, 0x53}};

struct IPrime : public IUnknown {
  // The example of the book: divides by each number up to half, and ends when it was canceled.
  virtual HRESULT STDMETHODCALLTYPE IsPrime(LONG number, LONG* prime) = 0;
  // Takes so long, and returns its number. Ends when it was canceled.
  virtual HRESULT STDMETHODCALLTYPE Number(LONG number, ULONG milliseconds, LONG* same) = 0;
  // Never looks whether it was canceled.
  virtual HRESULT STDMETHODCALLTYPE Block(ULONG milliseconds) = 0;
  // What CoTestCancel last returned to a method of an asynchronous call (S6).
  virtual HRESULT STDMETHODCALLTYPE LastTest(LONG* result) = 0;
};

struct AsyncIPrime : public IUnknown {
  virtual HRESULT STDMETHODCALLTYPE Begin_IsPrime(LONG number) = 0;
  virtual HRESULT STDMETHODCALLTYPE Finish_IsPrime(LONG* prime) = 0;
  virtual HRESULT STDMETHODCALLTYPE Begin_Number(LONG number, ULONG milliseconds) = 0;
  virtual HRESULT STDMETHODCALLTYPE Finish_Number(LONG* same) = 0;
  virtual HRESULT STDMETHODCALLTYPE Begin_Block(ULONG milliseconds) = 0;
  virtual HRESULT STDMETHODCALLTYPE Finish_Block() = 0;
};

struct ITypes : public IUnknown {
  // All of them as one text.
  virtual HRESULT STDMETHODCALLTYPE Print(VARIANT_BOOL truth, signed char i1, BYTE ui1, SHORT i2, USHORT ui2,
                                          LONG i4, ULONG ui4, LONGLONG i8, ULONGLONG ui8, float r4, double r8,
                                          CY cy, DATE date, BSTR text, SCODE error, BSTR* printed) = 0;
  virtual HRESULT STDMETHODCALLTYPE EchoUnknown(IUnknown* object, IUnknown** same) = 0;
  virtual HRESULT STDMETHODCALLTYPE EchoDispatch(IDispatch* object, IDispatch** same) = 0;
  virtual HRESULT STDMETHODCALLTYPE EchoVariant(VARIANT value, VARIANT* same) = 0;
  virtual HRESULT STDMETHODCALLTYPE EchoDecimal(DECIMAL value, DECIMAL* same) = 0;
  // Doubles each.
  virtual HRESULT STDMETHODCALLTYPE Double(LONG* i4, double* r8, BSTR* text, VARIANT* value) = 0;
  // Returns nothing.
  virtual void STDMETHODCALLTYPE Note(LONG number) = 0;
  virtual HRESULT STDMETHODCALLTYPE Noted(LONG* number) = 0;
  virtual HRESULT STDMETHODCALLTYPE Sum(const LONG* numbers, ULONG count, LONGLONG* sum) = 0;
  // 1, 2, 3, ...: two less than there is room for.
  virtual HRESULT STDMETHODCALLTYPE Count(double* numbers, ULONG room, ULONG* stored) = 0;
  virtual HRESULT STDMETHODCALLTYPE Reverse(BYTE* bytes, ULONG count) = 0;
  // Fails, with an error object, and leaves in its results what is no BSTR and no pointer.
  virtual HRESULT STDMETHODCALLTYPE Fail(BSTR* text, IUnknown** object) = 0;
  // Says that it has stored more elements than there is room for.
  virtual HRESULT STDMETHODCALLTYPE Overstate(BYTE* bytes, ULONG* stored) = 0;
};

// Integers and floating-point numbers in the places in which a processor passes them differently. Each
// returns the sum. AsyncPrime has no IFloats: it calls that of others.
struct IFloats : public IUnknown {
  virtual HRESULT STDMETHODCALLTYPE First(float a, LONG b, double c, LONGLONG d, float e, double f,
                                          double* sum) = 0;
  virtual HRESULT STDMETHODCALLTYPE Second(LONG a, double b, LONGLONG c, float d, LONG e, double f,
                                           double* sum) = 0;
  virtual HRESULT STDMETHODCALLTYPE Last(double a, double b, double c, double d, double e, double f, double g,
                                         double h, LONG i, double j, float k, double* sum) = 0;
};

// As a program in C++ that calls an object that others implement. Each returns a line for each call.
struct ICaller : public IUnknown {
  virtual HRESULT STDMETHODCALLTYPE CallTypes(IUnknown* object, BSTR* report) = 0;
  virtual HRESULT STDMETHODCALLTYPE CallFloats(IUnknown* object, BSTR* report) = 0;
  // AsyncIPrime::Begin_Number and its Finish_.
  virtual HRESULT STDMETHODCALLTYPE CallAsync(IUnknown* object, LONG number, ULONG milliseconds,
                                              BSTR* report) = 0;
};

}  // namespace prime
