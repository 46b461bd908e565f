using System.Security.Cryptography;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Silo.Embedded;
using Bailiwick.Silo.Tls;

namespace Bailiwick.Silo.Wiring;

/// <summary>The key of device verifiers, in DATA/keys/credentials.key: 32 random bytes in hexadecimal, made once.</summary>
internal sealed class CredentialKeyFile : ICredentialKey
{
    private const int KeyBytes = 32;
    private readonly byte[] _key;

    public CredentialKeyFile(DataFolder data)
    {
        var path = Path.Combine(data.Path, "keys", "credentials.key");
        PrivateFolder.Ensure(Path.GetDirectoryName(path)!);
        if (!File.Exists(path)) PrivateFile.Write(path, Convert.ToHexString(RandomNumberGenerator.GetBytes(KeyBytes)), PrivateFile.OwnerOnly);
        var text = File.ReadAllText(path).Trim();
        if (text.Length != 2 * KeyBytes || !text.All(char.IsAsciiHexDigit))
            throw new InvalidOperationException($"{path} must hold {2 * KeyBytes} hexadecimal digits: restore it from a backup, or register the devices anew");
        _key = Convert.FromHexString(text);
    }

    public ReadOnlySpan<byte> Bytes => _key;
}
