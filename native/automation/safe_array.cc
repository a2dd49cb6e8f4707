// SAFEARRAYs: the type of their elements, their dimensions, and new ones.
#include "automation/safe_array.h"

namespace com_cancel {

VARTYPE ElementVartype(SAFEARRAY* array, VARTYPE declared) {
  // Before SafeArrayGetVartype, which fails for some arrays of IUnknown.
  if (array->fFeatures & FADF_RECORD) return VT_RECORD;
  if (array->fFeatures & FADF_BSTR) return VT_BSTR;
  if (array->fFeatures & FADF_UNKNOWN) return VT_UNKNOWN;
  if (array->fFeatures & FADF_DISPATCH) return VT_DISPATCH;
  if (array->fFeatures & FADF_VARIANT) return VT_VARIANT;
  VARTYPE own = VT_EMPTY;
  if (array->fFeatures & FADF_HAVEVARTYPE && SUCCEEDED(SafeArrayGetVartype(array, &own)) && own != VT_EMPTY)
    return own;
  return declared;
}

std::vector<Dimension> DimensionsOf(SAFEARRAY* array) {
  if (!array) return {Dimension{}};
  std::vector<Dimension> dimensions(array->cDims);
  // The descriptor lists them last to first.
  const SAFEARRAYBOUND* bound = array->rgsabound + array->cDims;
  for (Dimension& dimension : dimensions) {
    --bound;
    dimension = {bound->cElements, bound->lLbound};
  }
  return dimensions;
}

OwnedArray CreateArray(VARTYPE vartype, const std::vector<Dimension>& dimensions) {
  std::array<SAFEARRAYBOUND, kMaxDimensions> bounds;
  for (std::size_t i = 0; i < dimensions.size(); ++i) bounds[i] = {dimensions[i].length, dimensions[i].lower};
  // Unlike the descriptor, this function takes them first to last.
  return OwnedArray(SafeArrayCreate(vartype, static_cast<UINT>(dimensions.size()), bounds.data()));
}

}  // namespace com_cancel
