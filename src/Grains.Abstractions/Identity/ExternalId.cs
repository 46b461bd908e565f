namespace Bailiwick.Grains.Abstractions.Identity;

/// <summary>A name that the outside world gave a managed object: (type, value) is unique in a tenant.</summary>
[GenerateSerializer, Immutable, Alias("ExternalId")]
public readonly record struct ExternalId([property: Id(0)] string Type, [property: Id(1)] string Value)
{
    /// <summary>The type under which a device's own serial number is kept.</summary>
    public const string SerialType = "c8y_Serial";

    public static ExternalId Serial(string value) => new(SerialType, value);

    /// <summary>Both parts are escaped, for they may hold slashes.</summary>
    public string GrainKey(TenantId tenant) => $"{tenant.Value}/{Uri.EscapeDataString(Type)}/{Uri.EscapeDataString(Value)}";

    public static ExternalId OfGrainKey(string key)
    {
        var parts = key.Split('/');
        return new ExternalId(Uri.UnescapeDataString(parts[1]), Uri.UnescapeDataString(parts[2]));
    }
}
