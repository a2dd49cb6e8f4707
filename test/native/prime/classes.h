// The classes of the test server: Calculator, registered under several names in different ways, Liar,
// Described, Async and Hostile.
#pragma once

#include <array>
#include <string_view>

#include "host/win.h"

namespace prime {

inline constexpr const wchar_t* kLibrary = L"prime_inproc.dll";
inline constexpr const wchar_t* kHostileLibrary = L"prime_hostile.dll";

struct Class {
  GUID clsid;
  const wchar_t* progid;
  // Of a local server: the option that prime_server.exe is started with. Otherwise null.
  const wchar_t* option;
  // Of an in-process server: its ThreadingModel, "" for none. Otherwise null.
  const wchar_t* threading;
  // Of an in-process server.
  const wchar_t* library = kLibrary;
};

inline constexpr GUID kCalculator = {
    0xA6696CB7, 0x1C2F, 0x4595, {0xB6, 0x41, 0xE6, 0x16, 0x8D, 0x73, 0x36, 0xBB}};
inline constexpr GUID kSta = {0x57FE8148, 0xA64B, 0x45ED, {0xBE, 0xF2, 0x85, 0xA8, 0x59, 0x34, 0x7A, 0x65}};
inline constexpr GUID kInproc = {
    0xDD02F2A2, 0xE80A, 0x4FAF, {0x99, 0xC8, 0xF3, 0x1F, 0x21, 0xDB, 0x76, 0x9A}};
inline constexpr GUID kApartment = {
    0x9ACEACBD, 0x36C9, 0x4B81, {0x9A, 0x97, 0x07, 0x62, 0xC1, 0xEA, 0x2E, 0xDE}};
inline constexpr GUID kFree = {0x412FF4B6, 0xB1A6, 0x471C, {0xA5, 0x0B, 0x25, 0xB3, 0x36, 0xB8, 0xDC, 0xC3}};
inline constexpr GUID kMain = {0x2B7E6D10, 0x94C3, 0x4F5A, {0x8D, 0x1E, 0x60, 0xC4, 0x1A, 0x7F, 0x35, 0x92}};
inline constexpr GUID kNever = {0xC50AA7A1, 0x0C27, 0x4EB9, {0x91, 0x3B, 0x9F, 0x7F, 0x84, 0xD1, 0xE6, 0x54}};
// Liar, in process only.
inline constexpr GUID kLiar = {0x2C1F0E5D, 0x7A34, 0x4B0E, {0x9D, 0x46, 0x5B, 0x0F, 0x83, 0xE2, 0x6A, 0x19}};

// Described, in process only, in the client's apartment or in another one, and its interface.
inline constexpr GUID kDescribed = {
    0x3D9A61F7, 0x5E20, 0x4C8B, {0xA1, 0x06, 0xE7, 0x3B, 0x58, 0x92, 0xC4, 0x1D}};
inline constexpr GUID kDescribedApartment = {
    0x5A1C94E8, 0x27B3, 0x4D60, {0x9C, 0x35, 0x8E, 0x1F, 0x70, 0x46, 0xB2, 0xDA}};
inline constexpr GUID kDescribedMembers = {
    0x74C0B8E3, 0x1F96, 0x4A2D, {0xB5, 0x4A, 0x0D, 0x67, 0xF1, 0x38, 0x9E, 0x52}};

// Hostile, in process only, in the client's apartment or in another one; and with a factory that blocks.
inline constexpr GUID kHostile = {
    0x8E4D7B36, 0x2A91, 0x4F0C, {0xB8, 0x53, 0x1D, 0xC7, 0x60, 0xE9, 0x4A, 0x2F}};
inline constexpr GUID kHostileApartment = {
    0x91B05C2E, 0x6D34, 0x4E87, {0xA4, 0x7F, 0x03, 0x5A, 0xE8, 0xD1, 0x96, 0xBC}};
inline constexpr GUID kHostileFactory = {
    0xC3F86A19, 0x70E5, 0x4B2D, {0x95, 0xE0, 0x4C, 0x28, 0xB7, 0x13, 0xDF, 0x68}};

// Async, in process only: as it should be, with call objects that refuse aggregation, and with call objects
// that can't be canceled.
inline constexpr GUID kAsync = {0x7D5B21C4, 0x3E8F, 0x4A67, {0x92, 0xD1, 0x5F, 0x0C, 0xA6, 0x48, 0xE3, 0x7B}};
inline constexpr GUID kAsyncAlone = {
    0x7D5B21C5, 0x3E8F, 0x4A67, {0x92, 0xD1, 0x5F, 0x0C, 0xA6, 0x48, 0xE3, 0x7B}};
inline constexpr GUID kAsyncPlain = {
    0x7D5B21C6, 0x3E8F, 0x4A67, {0x92, 0xD1, 0x5F, 0x0C, 0xA6, 0x48, 0xE3, 0x7B}};

// The interfaces in the type information: the members and the events.
inline constexpr GUID kMembers = {
    0x46B84AAE, 0xB024, 0x458C, {0xA3, 0xDB, 0x9B, 0x8F, 0xD3, 0x04, 0x93, 0x03}};
inline constexpr GUID kEvents = {
    0x21D95AF6, 0xB459, 0x4842, {0xB0, 0x8E, 0xDE, 0x76, 0xEA, 0x59, 0xF6, 0xE7}};
// The record that Return("record") returns.
inline constexpr GUID kPoint = {0xCA99CF9B, 0x7F0B, 0x45C7, {0xA2, 0x9D, 0x17, 0xD2, 0x17, 0x40, 0x76, 0xF8}};

inline constexpr DISPID kFound = 1;   // Found(n), the event
inline constexpr DISPID kHidden = 2;  // Hidden(n), a restricted function, which is no event

inline constexpr std::array<Class, 16> kClasses = {{
    {kCalculator, L"Prime.Calculator", L"-mta", nullptr},
    {kSta, L"Prime.Calculator.Sta", L"-sta", nullptr},
    {kInproc, L"Prime.Calculator.Inproc", nullptr, L"Both"},
    {kApartment, L"Prime.Calculator.InprocApartment", nullptr, L"Apartment"},
    {kFree, L"Prime.Calculator.InprocFree", nullptr, L"Free"},
    {kMain, L"Prime.Calculator.InprocMain", nullptr, L""},
    {kNever, L"Prime.Calculator.Never", L"-never", nullptr},
    {kLiar, L"Prime.Liar", nullptr, L"Both"},
    {kDescribed, L"Prime.Described", nullptr, L"Both"},
    {kDescribedApartment, L"Prime.Described.Apartment", nullptr, L"Apartment"},
    {kAsync, L"Prime.Async", nullptr, L"Both"},
    {kAsyncAlone, L"Prime.Async.Alone", nullptr, L"Both"},
    {kAsyncPlain, L"Prime.Async.Plain", nullptr, L"Both"},
    {kHostile, L"Prime.Hostile", nullptr, L"Both", kHostileLibrary},
    {kHostileApartment, L"Prime.Hostile.Apartment", nullptr, L"Apartment", kHostileLibrary},
    {kHostileFactory, L"Prime.Hostile.Factory", nullptr, L"Both", kHostileLibrary},
}};

// Whether the library serves the class.
bool IsIn(std::wstring_view library, REFCLSID clsid);

}  // namespace prime
