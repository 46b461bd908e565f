using System.Security.Cryptography;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using NSec.Cryptography;

namespace Bailiwick.Grains.Tenancy;

/// <summary>The platform's key for verifiers of secrets that it made itself: 32 random bytes that leave the machine in no backup of users.</summary>
internal interface ICredentialKey
{
    ReadOnlySpan<byte> Bytes { get; }
}

/// <summary>How a verifier was made. Numbers are stored: they only grow.</summary>
internal enum VerifierKind : byte
{
    None = 0,
    /// <summary>Argon2id, for secrets that a person chose: dear to guess.</summary>
    Argon2id = 1,
    /// <summary>HMAC-SHA-256 under the platform's key, for secrets of at least 128 random bits: cheap, so that a fleet can reconnect at once.</summary>
    KeyedHmac = 2,
}

/// <summary>What is stored in place of a secret, with the parameters that made it.</summary>
[GenerateSerializer, Immutable, Alias("Verifier")]
internal sealed record Verifier(VerifierKind Kind, byte[] Salt, int MemoryKiB, int Passes, byte[] Hash)
{
    // A record would print its members.
    public override string ToString() => $"{Kind} verifier";
}

/// <summary>
/// Makes and checks verifiers. What a check costs follows from the user's name and never from whether there is such a user: a device's
/// user always has a made secret, everybody else is checked by Argon2id.
/// </summary>
internal sealed class Secrets(ICredentialKey key, HashingLane lane)
{
    private readonly Verifier _nobodys = new(VerifierKind.Argon2id,
        RandomNumberGenerator.GetBytes(Limits.HashSaltBytes), Limits.HashMemoryKiB, Limits.HashPasses, RandomNumberGenerator.GetBytes(Limits.HashBytes));

    public Task<Verifier> MakeAsync(UserId user, string secret, bool isMade)
    {
        if (isMade && IsCheap(user)) return Task.FromResult(new Verifier(VerifierKind.KeyedHmac, [], 0, 0, Mac(user, secret)));
        return lane.RunAsync(() =>
        {
            var blank = new Verifier(VerifierKind.Argon2id, RandomNumberGenerator.GetBytes(Limits.HashSaltBytes), Limits.HashMemoryKiB, Limits.HashPasses, []);
            return blank with { Hash = Argon2(blank, secret) };
        });
    }

    /// <summary>Whether the secret is the verifier's; with no verifier, false after the same work.</summary>
    /// <exception cref="Refusal">Busy: the hashing lane's queue is full.</exception>
    public ValueTask<bool> MatchesAsync(UserId user, Verifier? verifier, string secret)
    {
        if (verifier is null ? IsCheap(user) : verifier.Kind == VerifierKind.KeyedHmac)
        {
            var mac = Mac(user, secret);
            return new(CryptographicOperations.FixedTimeEquals(mac, verifier?.Hash ?? _nobodys.Hash) && verifier is not null);
        }
        var against = verifier ?? _nobodys;
        var tried = secret.Length <= Limits.PasswordCharsMax ? secret : "";
        return new(lane.RunAsync(() => CryptographicOperations.FixedTimeEquals(Argon2(against, tried), against.Hash) && verifier is not null));
    }

    // The bootstrap user's name is public, so that it is cheap to check tells nothing.
    private static bool IsCheap(UserId user) => user.IsDevice || user == UserId.DeviceBootstrap;

    // Bound to the user: one user's verifier is good for no other.
    private byte[] Mac(UserId user, string secret) => HMACSHA256.HashData(key.Bytes, Encoding.UTF8.GetBytes($"{user.GrainKey}\0{secret}"));

    private static byte[] Argon2(Verifier verifier, string secret)
    {
        var algorithm = PasswordBasedKeyDerivationAlgorithm.Argon2id(new Argon2Parameters
        {
            DegreeOfParallelism = 1,
            MemorySize = verifier.MemoryKiB,
            NumberOfPasses = verifier.Passes,
        });
        return algorithm.DeriveBytes(Encoding.UTF8.GetBytes(secret), verifier.Salt, Limits.HashBytes);
    }
}
