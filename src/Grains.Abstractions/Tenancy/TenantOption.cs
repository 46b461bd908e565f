namespace Bailiwick.Grains.Abstractions.Tenancy;

/// <summary>One thing that a tenant has decided, or keeps for its applications.</summary>
/// <param name="Value">What it is; of a secret only that there is one.</param>
/// <param name="IsEditable">Whether the tenant itself may change it: the platform operator decides.</param>
[GenerateSerializer, Immutable, Alias("TenantOption")]
public sealed record TenantOption(string Category, string Key, string Value, bool IsEditable)
{
    /// <summary>Keys of secrets begin so: these are stored sealed and never shown.</summary>
    public const string SecretPrefix = "credentials.";

    /// <summary>What is shown in the place of a secret.</summary>
    public const string Masked = "<<Encrypted>>";

    /// <summary>Whether a key is that of a secret.</summary>
    public static bool IsSecret(string key) => key.StartsWith(SecretPrefix, StringComparison.Ordinal);
}

/// <summary>An option as it is to be.</summary>
[GenerateSerializer, Immutable, Alias("OptionSetting")]
public readonly record struct OptionSetting([property: Id(0)] string Key, [property: Id(1)] string Value)
{
    // A record would print what may be a secret.
    public override string ToString() => Key;
}

/// <summary>One thing that the platform says of itself.</summary>
/// <param name="Value"><see cref="TenantOption.Masked"/> where the reader may not see it.</param>
[GenerateSerializer, Immutable, Alias("SystemOption")]
public sealed record SystemOption(string Category, string Key, string Value);
