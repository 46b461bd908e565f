using System.Security.Cryptography;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Silo.Tls;

namespace Bailiwick.Silo.Wiring;

/// <summary>The key of device verifiers, in DATA/keys/credentials.key: 32 random bytes, made once.</summary>
internal sealed class CredentialKeyFile : ICredentialKey
{
    private const int KeyBytes = 32;
    private readonly byte[] _key;

    public CredentialKeyFile(DataFolder data)
    {
        var path = Path.Combine(data.Path, "keys", "credentials.key");
        if (!File.Exists(path)) PrivateFile.Write(path, RandomNumberGenerator.GetBytes(KeyBytes));
        _key = File.ReadAllBytes(path);
        if (_key.Length != KeyBytes)
            throw new InvalidOperationException($"{path} holds {_key.Length} bytes and must hold {KeyBytes}: restore it from a backup, or register the devices anew");
    }

    public ReadOnlySpan<byte> Bytes => _key;
}
