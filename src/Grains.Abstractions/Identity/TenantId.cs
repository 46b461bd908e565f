using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bailiwick.Grains.Abstractions.Identity;

/// <summary>
/// The name of one tenant: a lower-case letter followed by lower-case letters and digits, at most
/// <see cref="Limits.TenantIdCharsMax"/> characters. It is the first segment of every grain key and store key.
/// </summary>
[GenerateSerializer, Immutable, Alias("TenantId")]
public readonly record struct TenantId([property: Id(0)] string Value)
{
    /// <summary>The platform operator's tenant. It sees no other tenant's data.</summary>
    public static readonly TenantId Management = new("management");

    /// <summary>Stands for a tenant that cannot be: no text reads as it, so whoever asks in its name is refused like a stranger, with the same work and record.</summary>
    public static readonly TenantId Nowhere = new("0");

    /// <summary>Reads a tenant id as a client wrote it; false when it cannot be one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TenantId id)
    {
        id = default;
        if (string.IsNullOrEmpty(text) || text.Length > Limits.TenantIdCharsMax || !char.IsAsciiLetterLower(text[0])) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c))
                return false;
        id = new TenantId(text);
        return true;
    }

    /// <summary>The tenant named by the first segment of a grain key such as <c>t1/4711</c>, or by the whole key.</summary>
    public static TenantId OfGrainKey(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return new TenantId(slash < 0 ? key : key[..slash]);
    }

    /// <summary>Whether a grain key, in UTF-8, names this tenant by its first segment, or as a whole.</summary>
    public bool OwnsGrainKey(ReadOnlySpan<byte> key)
    {
        var slash = key.IndexOf((byte)'/');
        return !string.IsNullOrEmpty(Value) && Ascii.Equals(slash < 0 ? key : key[..slash], Value);
    }

    public override string ToString() => Value;
}
