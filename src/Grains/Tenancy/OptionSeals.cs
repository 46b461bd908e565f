using System.Security.Cryptography;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Tenancy;

/// <summary>
/// Seals secrets among tenants' options: what is stored of them is AES-GCM under a key that comes from the platform's own and is in no backup of
/// documents. A sealed text is bound to its place: put under another key, category or tenant it does not open.
/// </summary>
internal sealed class OptionSeals(ICredentialKey key)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private static readonly byte[] Use = "bailiwick tenant options"u8.ToArray();

    public string Seal(TenantId tenant, string category, string name, string value)
    {
        var plain = Encoding.UTF8.GetBytes(value);
        var @sealed = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(@sealed.AsSpan(0, NonceBytes));
        using var cipher = Cipher();
        cipher.Encrypt(@sealed.AsSpan(0, NonceBytes), plain, @sealed.AsSpan(NonceBytes + TagBytes), @sealed.AsSpan(NonceBytes, TagBytes), Place(tenant, category, name));
        return Convert.ToBase64String(@sealed);
    }

    /// <summary>What was sealed there.</summary>
    /// <exception cref="CryptographicException">It was not sealed there, or by this platform.</exception>
    public string Open(TenantId tenant, string category, string name, string text)
    {
        var bytes = Convert.FromBase64String(text);
        Check.That(bytes.Length >= NonceBytes + TagBytes);
        var plain = new byte[bytes.Length - NonceBytes - TagBytes];
        using var cipher = Cipher();
        cipher.Decrypt(bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes), plain, Place(tenant, category, name));
        return Encoding.UTF8.GetString(plain);
    }

    private AesGcm Cipher()
    {
        Span<byte> own = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Bytes, own, default, Use);
        return new AesGcm(own, TagBytes);
    }

    // Neither a tenant's id nor a name of an option holds a zero character, so that no two places read the same.
    private static byte[] Place(TenantId tenant, string category, string name) => Encoding.UTF8.GetBytes($"{tenant.Value}\0{category}\0{name}");
}
