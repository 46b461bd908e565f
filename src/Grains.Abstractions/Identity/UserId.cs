using System.Diagnostics.CodeAnalysis;

namespace Bailiwick.Grains.Abstractions.Identity;

/// <summary>A user of one tenant's realm. The same name in two tenants is two users.</summary>
[GenerateSerializer, Immutable, Alias("UserId")]
public readonly record struct UserId([property: Id(0)] TenantId Tenant, [property: Id(1)] string Name)
{
    /// <summary>Every device's user carries this prefix; people's and services' users never do.</summary>
    public const string DevicePrefix = "device_";

    /// <summary>The user that hands devices their first credentials; it may do nothing else.</summary>
    public static readonly UserId DeviceBootstrap = new(TenantId.Management, "devicebootstrap");

    public bool IsDevice => Name.StartsWith(DevicePrefix, StringComparison.Ordinal);

    public string GrainKey => $"{Tenant.Value}/{Name}";

    /// <summary>True when the text may be a user name: no white space or control character, none of <c>/ + $ :</c>.</summary>
    public static bool IsName([NotNullWhen(true)] string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > Limits.UserNameCharsMax) return false;
        foreach (var c in text)
            if (char.IsWhiteSpace(c) || char.IsControl(c) || c is '/' or '+' or '$' or ':')
                return false;
        return true;
    }

    public static UserId OfGrainKey(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return new UserId(new TenantId(key[..slash]), key[(slash + 1)..]);
    }

    public override string ToString() => GrainKey;
}
