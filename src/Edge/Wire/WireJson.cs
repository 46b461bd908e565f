using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Bailiwick.Edge.Wire;

/// <summary>Every document that the REST interface writes. Reflection is off: one that is not listed here fails in the first test.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorWire))]
[JsonSerializable(typeof(ApiRootWire))]
[JsonSerializable(typeof(PlatformWire))]
[JsonSerializable(typeof(ManagedObjectWire))]
[JsonSerializable(typeof(ManagedObjectCollectionWire))]
[JsonSerializable(typeof(ManagedObjectReferenceWire))]
[JsonSerializable(typeof(ManagedObjectReferencesWire))]
[JsonSerializable(typeof(ManagedObjectReferenceCollectionWire))]
[JsonSerializable(typeof(DeviceUserWire))]
[JsonSerializable(typeof(AvailabilityWire))]
[JsonSerializable(typeof(SupportedMeasurementsWire))]
[JsonSerializable(typeof(SupportedSeriesWire))]
[JsonSerializable(typeof(ExternalIdWire))]
[JsonSerializable(typeof(ExternalIdCollectionWire))]
[JsonSerializable(typeof(MeasurementWire))]
[JsonSerializable(typeof(MeasurementsWire))]
[JsonSerializable(typeof(MeasurementCollectionWire))]
[JsonSerializable(typeof(EventWire))]
[JsonSerializable(typeof(EventCollectionWire))]
[JsonSerializable(typeof(AlarmWire))]
[JsonSerializable(typeof(AlarmCollectionWire))]
[JsonSerializable(typeof(SeriesWire))]
[JsonSerializable(typeof(OperationWire))]
[JsonSerializable(typeof(OperationCollectionWire))]
[JsonSerializable(typeof(RetentionRuleWire))]
[JsonSerializable(typeof(RetentionRuleCollectionWire))]
[JsonSerializable(typeof(AuditRecordWire))]
[JsonSerializable(typeof(AuditRecordCollectionWire))]
[JsonSerializable(typeof(DeviceRequestWire))]
[JsonSerializable(typeof(DeviceRequestCollectionWire))]
[JsonSerializable(typeof(DeviceCredentialsWire))]
[JsonSerializable(typeof(UserWire))]
[JsonSerializable(typeof(UserCollectionWire))]
[JsonSerializable(typeof(CurrentUserWire))]
[JsonSerializable(typeof(UserReferenceWire))]
[JsonSerializable(typeof(UserReferenceCollectionWire))]
[JsonSerializable(typeof(UserOwnerReferenceWire))]
[JsonSerializable(typeof(UserDelegatedByReferenceWire))]
[JsonSerializable(typeof(GroupWire))]
[JsonSerializable(typeof(GroupCollectionWire))]
[JsonSerializable(typeof(GroupReferenceCollectionWire))]
[JsonSerializable(typeof(RoleWire))]
[JsonSerializable(typeof(RoleCollectionWire))]
[JsonSerializable(typeof(RoleReferenceWire))]
[JsonSerializable(typeof(RoleReferenceCollectionWire))]
[JsonSerializable(typeof(InventoryRoleWire))]
[JsonSerializable(typeof(InventoryRoleCollectionWire))]
[JsonSerializable(typeof(InventoryAssignmentWire))]
[JsonSerializable(typeof(InventoryAssignmentCollectionWire))]
[JsonSerializable(typeof(DevicePermissionHoldersWire))]
[JsonSerializable(typeof(TenantWire))]
[JsonSerializable(typeof(TenantCollectionWire))]
[JsonSerializable(typeof(CurrentTenantWire))]
[JsonSerializable(typeof(OptionWire))]
[JsonSerializable(typeof(OptionsOfCategoryWire))]
[JsonSerializable(typeof(LoginOptionWire))]
[JsonSerializable(typeof(LoginOptionCollectionWire))]
[JsonSerializable(typeof(OptionCollectionWire))]
[JsonSerializable(typeof(CountWire))]
[JsonSerializable(typeof(ExplanationWire))]
[JsonSerializable(typeof(ExplanationCollectionWire))]
[JsonSerializable(typeof(AccessEffectWire))]
[JsonSerializable(typeof(DenialWire))]
[JsonSerializable(typeof(DenialCollectionWire))]
[JsonSerializable(typeof(IdWire))]
[JsonSerializable(typeof(NothingWire))]
internal sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>Texts are written as they are: these are JSON documents and no parts of web pages.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>How a wire type is written.</summary>
    public static JsonTypeInfo<T> Of<T>() => Info<T>.Value;

    /// <inheritdoc cref="Of{T}"/>
    public static JsonTypeInfo Of(Type wire) => Relaxed.Options.GetTypeInfo(wire);

    private static class Info<T>
    {
        public static readonly JsonTypeInfo<T> Value = (JsonTypeInfo<T>)Relaxed.Options.GetTypeInfo(typeof(T));
    }

    // A class of its own, for the generated half of this one sets up its statics in an order of its own.
    private static class Relaxed
    {
        public static readonly JsonSerializerOptions Options =
            new WireJson(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).Options;
    }
}
